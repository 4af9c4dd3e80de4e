//! Lists of words: what begins a duty, what asks for one, what names a unit.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::Words;

/// Phrases found by their first word.
pub struct Lexicon(HashMap<&'static str, Vec<&'static str>>);

impl Lexicon {
    /// Of phrases between strokes.
    fn new(phrases: &'static str) -> Self {
        let mut by_first: HashMap<&str, Vec<&str>> = HashMap::new();
        for phrase in phrases.split('|').map(str::trim) {
            by_first.entry(phrase.split(' ').next().unwrap_or_default()).or_default().push(phrase);
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        }
        Self(by_first)
    }

    /// How many words the longest phrase takes that stands there.
    pub fn see(&self, words: &Words<'_>, at: usize) -> Option<usize> {
        words.see(at, self.0.get(words.word(at))?)
    }

    /// Whether one of them stands there.
    pub fn sees(&self, words: &Words<'_>, at: usize) -> bool {
        self.see(words, at).is_some()
    }
}

/// Words that lay a duty on the one named behind them.
pub static REQUESTS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "giao cho|giao trách nhiệm cho|giao|yêu cầu|chỉ thị|thông báo|đề nghị|kính đề nghị|trân trọng đề nghị|phân công|kính mời| \
         trân trọng kính mời|kính yêu cầu|thống nhất giao|chỉ đạo|ủy quyền cho|uỷ quyền cho|mời|đồng ý giao| \
         tiếp tục giao|nghiêm túc yêu cầu",
    )
});

/// Requests that only one of equal or higher rank writes; "chỉ đạo" opens a duty of the one who directs.
pub static STRONG_REQUESTS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "giao cho|giao trách nhiệm cho|giao|yêu cầu|đề nghị|kính đề nghị|trân trọng đề nghị|phân công|thống nhất giao| \
         kính yêu cầu|đồng ý giao|tiếp tục giao|kính mời|trân trọng kính mời|ủy quyền cho|uỷ quyền cho",
    )
});

/// Verbs a duty begins with.
pub static VERBS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "chủ trì|phối hợp|tham mưu|rà soát|xây dựng|ban hành|tổng hợp|báo cáo|triển khai|tổ chức|kiểm tra|đôn đốc| \
         hoàn thành|hoàn thiện|chịu trách nhiệm|thực hiện|tiếp tục|tăng cường|đẩy mạnh|tập trung|chủ động|kịp thời| \
         khẩn trương|nghiêm túc|thường xuyên|nâng cao|chấn chỉnh|công khai|giải quyết|giám sát|theo dõi|hướng dẫn| \
         tuyên truyền|phổ biến|quán triệt|cập nhật|đăng ký|gửi|nộp|lập|trình|đề xuất|nghiên cứu|cung cấp|bố trí|chuẩn bị| \
         cử|tham gia|tham dự|dự họp|đảm bảo|bảo đảm|chỉ đạo|điều hành|quản lý|duy trì|phát huy|phát triển|khai thác| \
         vận hành|ứng dụng|áp dụng|thí điểm|xác định|lựa chọn|bình chọn|đánh giá|xếp loại|tập huấn|bồi dưỡng|đào tạo| \
         kiện toàn|sắp xếp|điều chỉnh|bổ sung|sửa đổi|khắc phục|xử lý|ngăn chặn|phòng ngừa|vận động|huy động| \
         khuyến khích|động viên|biểu dương|khen thưởng|thông báo|công bố|niêm yết|thẩm định|phê duyệt|phân công|phân bổ| \
         giải ngân|thanh toán|quyết toán|mua sắm|sửa chữa|thu|nhập|rà duyệt|truy cập|cấu hình|thống kê|khảo sát|kê khai| \
         thành lập|tận dụng|chú trọng|quan tâm|lồng ghép|tích hợp|kết nối|số hóa|in|sao gửi|chuyển|tiếp nhận|trả lời| \
         góp ý|cho ý kiến|ghi|lưu trữ|bàn giao|nghiệm thu|khởi công|trực|trực ban|sơ tán|di dời|neo đậu|cấm|tạm dừng| \
         dừng|ngừng|mở|đóng|treo|trang trí|phát động|hưởng ứng|tổng kết|sơ kết|tôn vinh|nhân rộng|đưa|làm tốt|làm|giữ| \
         giao|yêu cầu|đề nghị|khẩn cấp|truyền thông|đa dạng|đổi mới|cải thiện|cải cách|rút ngắn|giảm|phấn đấu|củng cố| \
         xóa|thay thế|lắp đặt|trang bị|kiểm soát|kiểm kê|kiểm đếm|thu thập|thu hồi|tháo gỡ|xem xét|quyết định| \
         tạo điều kiện|hỗ trợ|phân loại|cam kết|ký|ký kết|thông qua|họp|sinh hoạt|học tập|khai báo|điền|đăng tải| \
         đăng|viết|tuyển chọn|tuyển dụng|tuyển sinh|niêm phong|bảo vệ|bảo quản|vệ sinh|phun|trồng|chăm sóc|nghiêm cấm| \
         không để|không được|tuyệt đối|có trách nhiệm|có biện pháp|có kế hoạch|có lộ trình|có giải pháp|có phương án| \
         có văn bản|hợp đồng|dự toán|lấy ý kiến|tiến hành|trích|chi trả|cấp phát|cấp|đối chiếu|xác minh|xác nhận| \
         nhắc nhở|phân tích|làm rõ|nắm|nắm chắc|bám sát|ưu tiên|thu hút|xúc tiến|ra quân|tổng rà soát|thanh tra|điều tra| \
         truy quét|phân luồng|giao ban|giới thiệu|trao|tặng|chúc|thăm|đón|bầu|kết nạp|đối thoại|định kỳ báo cáo|định kỳ| \
         phân cấp|rút kinh nghiệm|tham khảo|căn cứ|sử dụng|thiết lập|xét|hiệp thương|tuân thủ|dự trù|tuần tra|bình xét|nâng|tu sửa|nạo vét|khơi thông|tập kết|diễn tập|tiêu độc|tiêm phòng|thẩm tra|soạn thảo|soạn|\
         hệ thống hóa|tích cực|gương mẫu|khôi phục|phục hồi|hoàn trả|cưỡng chế|đấu giá|đấu thầu|tiếp công dân|tọa đàm|trao đổi|thảo luận|đóng góp|chia sẻ|\
         rèn luyện|lắp|trưng bày|biểu diễn|quảng bá|giải trình|kiểm điểm|kiến nghị|bố cục|vào điểm|phân giao|duyệt|ôn|chấp hành|bảo dưỡng|gắn| \
         đầu tư|quy hoạch|tiêm|khử khuẩn|nhanh chóng|tạo lập|đồng thời|chuyển đổi|tự đánh giá|tự kiểm tra|phúc tra| \
         phúc khảo|chấm|coi|ôn tập|dạy|nhận",
    )
});

/// Words that stand between a unit and what it is to do.
pub static MODALS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "sẽ|phải|cần|có trách nhiệm|có nhiệm vụ|chịu trách nhiệm|nghiêm túc|chủ động|khẩn trương|kịp thời|thường xuyên| \
         tiếp tục|căn cứ|trên cơ sở|theo chức năng|theo dõi|là đầu mối|làm đầu mối|là cơ quan|là đơn vị|có kế hoạch| \
         có văn bản|đồng thời|hàng năm|hằng năm|hàng tháng|hằng tháng|định kỳ|lấy|tự|cùng|trực tiếp|nhanh chóng| \
         không được|không|được giao|bằng|quan tâm",
    )
});

/// Words that end the name of a unit and begin something else.
pub static STOPS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "để|nhằm|theo|trong|khi|nếu|đã|đang|được|là|về|trước|từ|đến|gồm|bao gồm|do|vì|mà|thì|với|như|tại cuộc|chậm nhất| \
         bằng|sau|vào|có|ngay|còn|vẫn|đều|xong|nêu|nào",
    )
});

/// Names of units and officials that are such wherever they stand.
pub static STRONG_HEADS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "cá nhân|cấp xã|cấp huyện|cấp tỉnh|cấp cơ sở|cấp trường|điều tra viên|kế toán|các nhóm|người phụ trách|người được phân công|viên chức|công chức|các chi|các đảng|\
         tổ công tác|tổ giúp việc|ban chỉ đạo|hội đồng|đoàn kiểm tra|đoàn công tác|tổ chuyên viên|tổ biên tập|ban biên tập|ban giám khảo|ban giám hiệu|các chi đội|chi đội|liên đội|ủy ban nhân dân|uỷ ban nhân dân|ủy ban mặt trận|uỷ ban mặt trận|ủy ban|uỷ ban|ubnd|ubmttq|hđnd| \
         hội đồng nhân dân|thủ trưởng|hiệu trưởng|chủ tịch|phó chủ tịch|giám đốc|phó giám đốc|trưởng phòng| \
         phó trưởng phòng|trưởng ban|trưởng các phòng|chánh văn phòng|chánh thanh tra|bí thư|đảng ủy|đảng uỷ|chi bộ| \
         chi ủy|huyện ủy|huyện uỷ|tỉnh ủy|tỉnh uỷ|quận ủy|thành ủy|cấp ủy|các cấp ủy|ban thường vụ|ban chấp hành|mttq| \
         kho bạc nhà nước|bảo hiểm xã hội|ngân hàng nhà nước|công an|bộ chỉ huy|ban chỉ huy quân sự|ban chỉ huy| \
         bộ đội biên phòng|tòa án|viện kiểm sát|các trường|các nhà trường|nhà trường|các đơn vị|các cơ quan|các sở| \
         các ban|các phòng|các bộ|các xã|các phường|các huyện|các quận|các địa phương|các cơ sở|các hội|các đoàn thể| \
         các tổ chức|các chi bộ|các đảng bộ|các ngành|các cấp|các thành viên|các đồng chí|các tổ|các lớp| \
         các doanh nghiệp|các công ty|các chi nhánh|các trung tâm|các khoa|các viện|các vụ|các cục|các trạm|các khu phố| \
         các thôn|các ban quản lý|các chủ đầu tư|các nhà thầu|các công đoàn|các liên đoàn|các cụm|các tiểu ban| \
         người đứng đầu|tổ trưởng|chủ đầu tư|cơ quan thường trực|thường trực|đơn vị|cơ quan|địa phương|công đoàn| \
         liên đoàn lao động|đoàn thanh niên|hội cựu chiến binh|hội nông dân|hội liên hiệp phụ nữ|giáo viên chủ nhiệm| \
         giáo viên|cán bộ|mỗi đơn vị|từng đơn vị|tất cả các|toàn thể|tổng phụ trách|kế toán|văn thư|thư ký| \
         y tế trường học|tổ chuyên môn|ban giám hiệu|ban đại diện|bộ phận|đồng chí|đ/c|ông|bà|văn phòng|chi cục|tổng cục| \
         trung tâm y tế|nhóm|hộ gia đình|sinh viên|học sinh|học viên|phụ huynh|ban tổ chức|ban kiểm tra|ban tuyên giáo| \
         ban dân vận|mặt trận tổ quốc|mặt trận|ubkt|thanh tra|người dân|chính quyền|thành viên|các trưởng|trưởng các| \
         chủ nhiệm|trưởng khoa|trạm y tế",
    )
});

/// Words that name a unit only before a name: "Phòng Nội vụ", not "phòng, chống".
pub static WEAK_HEADS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "cổng|trưởng|phòng|ban|sở|bộ|cục|vụ|viện|trung tâm|trường|hội|đoàn|liên đoàn|ngân hàng|kho bạc|chi nhánh|điện lực|công ty| \
         tập đoàn|đài|báo|tổ|đội|hạt|trạm|quỹ|hội đồng|tổng công ty|khoa|tạp chí|học viện|đại học|tiểu ban|cơ sở|xã| \
         phường|huyện|quận|thị trấn|tỉnh|thành phố|hợp tác xã|xí nghiệp",
    )
});

/// Words of one syllable, and others, that are verbs before a deed and parts of a name after one.
pub static WITHIN_NAMES: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "thu|in|ghi|mở|đóng|treo|ký|giữ|cấm|coi|nhận|trao|tặng|chúc|thăm|đón|bầu|xét|gắn|trực|nắm|cấp|nhập|chuyển|dừng|trích|trồng|\
         phun|tiêm|làm|dạy|điền|viết|đăng|đầu tư|quy hoạch|thống kê|kiểm soát|truyền thông|phát triển|bảo vệ|vệ sinh|đào tạo|bồi dưỡng|\
         dự toán|hợp đồng|xúc tiến|đăng ký|học tập|dạy học|khai thác|thanh tra",
    )
});

/// Things that "các" may count and that do nothing themselves.
pub static THINGS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(
        "việc|nơi|lần|giờ|năm|thời|nội dung|nhiệm vụ|văn bản|hoạt động|dự án|hồ sơ|chỉ tiêu|báo cáo|giải pháp|công trình|trường hợp|phòng học|cuộc thi|tiêu chí|biện pháp|\
         quy định|chương trình|kế hoạch|đề án|tài liệu|phần mềm|hệ thống|dịch vụ|thủ tục|sản phẩm|bài|tác phẩm|điều kiện|kết quả|vấn đề|tồn tại|hạn chế|\
         phương án|hình thức|khoản|nguồn|chế độ|chính sách|thông tin|số liệu|dữ liệu|mục tiêu|môn|tiết|buổi|ngày|tháng|quý|bước|phần|mục|điểm|mẫu|biểu|\
         danh mục|quyết định|nghị quyết|chỉ thị|công văn|kiến nghị|ý kiến|vi phạm|hành vi|đợt|cuộc|hội nghị|lễ|ứng dụng|nền tảng|trang thiết bị|thiết bị|tuyến|khu vực",
    )
});

/// Words that name more than one and may stand before them.
pub static PLURALS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new("các|những|tất cả các|toàn thể các|từng|mỗi|toàn bộ các|lãnh đạo các|lãnh đạo|các đồng chí|hệ thống các")
});
