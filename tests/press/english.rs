//! Every dialogue once more, in an office whose language is English.

use dondoc::domain::rules::Language;

use super::bot::{Conversation, on_both};
use super::dialogues::{POLICY, facts};

#[tokio::test]
async fn every_dialogue_is_held_in_english_where_that_is_the_language_of_the_office() {
    on_both(async |store| {
        let mut talk = Conversation::in_language(store, POLICY, &facts("deadline = 2023-12-29"), Language::En).await;
        talk.press("Acknowledge").await;
        talk.press("Undo").await;
        talk.press("Report progress").await;
        talk.write("a lot").await;
        talk.write("62.5 %").await;
        talk.press("Ask for an extension").await;
        talk.write("as soon as possible").await;
        talk.write("20/9/2023").await;
        talk.write("Friday").await;
        talk.write("2024-01-15").await;
        talk.write("waiting for guidance").await;
        talk.press("Not ours").await;
        talk.write("/cancel").await;
        talk.write("/items").await;
        talk.write("/help").await;
        talk.press("Hand to …").await;
        talk.press("Trần Văn Bình – Chuyên viên").await;
        talk.press("Report done").await;
        talk.write("123/BC-PNV dated 02/10/2023").await;
        talk.press("Yes").await;
        insta::assert_snapshot!("english", talk.transcript);
        // The facts are in the language of the office; what dondoc says of them is not.
        for word in ["Kính gửi", "Đề nghị", "Đã ", "nhiệm vụ", "hạn", "bấm vào", "Trân trọng"] {
            let said = talk.transcript.lines().filter(|line| !line.starts_with('>')).find(|line| line.contains(word));
            assert_eq!(said, None, "{word}");
        }
        let recorded = "SELECT kind, percent, until_date, note, document FROM reply WHERE undone_at_ms IS NULL ORDER BY id";
        assert_eq!(
            talk.bot.house.rows(recorded).await,
            [
                "progress | 63 | ∅ | ∅ | ∅",
                "extend | ∅ | 2024-01-15 | waiting for guidance | ∅",
                "assign | ∅ | ∅ | ∅ | ∅",
                "done | ∅ | ∅ | ∅ | 123/BC-PNV dated 02/10/2023"
            ]
        );
        talk.bot.is_sound().await;
    })
    .await;
}
