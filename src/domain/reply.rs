//! Replies (phản hồi): the facts people answer with, who may give which, and what they change (INTERFACE section 6).

use jiff::Timestamp;
use jiff::civil::Date;

/// The word of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReplyKind {
    /// Xác nhận tiếp nhận
    Acknowledge,
    /// Cập nhật tiến độ
    Progress,
    /// Báo cáo hoàn thành
    Done,
    /// Đề nghị gia hạn
    Extend,
    /// Đồng ý gia hạn
    Grant,
    /// Không đồng ý gia hạn
    Refuse,
    /// Không thuộc trách nhiệm
    NotOurs,
    /// Giao cho một người của đơn vị
    Assign,
    /// Nghiệm thu
    Accept,
    /// Trả lại
    Return,
    /// Không còn hiệu lực
    Withdraw,
}

impl ReplyKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Acknowledge,
        Self::Progress,
        Self::Done,
        Self::Extend,
        Self::Grant,
        Self::Refuse,
        Self::NotOurs,
        Self::Assign,
        Self::Accept,
        Self::Return,
        Self::Withdraw,
    ];

    /// The word of command line, store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Progress => "progress",
            Self::Done => "done",
            Self::Extend => "extend",
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::NotOurs => "not-ours",
            Self::Assign => "assign",
            Self::Accept => "accept",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
        }
    }

    /// The reply of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One reply as it was given, oldest first in an [`super::planner::AssignmentView`].
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What was said.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: Timestamp,
    /// For a promise or an extension asked: until when.
    pub until: Option<Date>,
    /// For what was reported on paper: the day it counts from.
    pub on: Option<Date>,
    /// Who said it.
    pub by: super::organisation::PersonId,
}
