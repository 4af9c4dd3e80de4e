//! A year begins soon whose holidays nobody has announced: the operators are asked for them, once.

use dondoc::engine::guard::ask_for_holidays;

use super::house::{House, at};
use super::{on_both, one_duty, told_when_assigned};

#[tokio::test]
async fn sixty_days_before_a_year_that_is_not_announced_the_operators_are_asked_once_in_office_hours() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let asks = async |house: &House, local: &str| ask_for_holidays(&house.engine, at(local)).await.expect("a store");
        house.until("2023-10-03T00:00").await;
        assert!(!asks(&house, "2023-11-20T02:17").await, "2024 is built in");
        assert!(!asks(&house, "2026-11-01T02:17").await, "sixty-one days ahead");
        house.sleeps_until("2026-11-02T02:17");
        assert!(asks(&house, "2026-11-02T02:17").await);
        assert!(!asks(&house, "2026-11-03T02:17").await, "they were");
        house.until("2026-11-02T12:00").await;
        let left = house.left();
        let told: Vec<_> = left.iter().filter(|left| left.parcel.subject.contains("chưa được công bố")).collect();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].at.as_str(), told[0].to.as_str()), ("11-02 07:30", "truc@example.org"));
        assert!(told[0].parcel.text.contains("năm 2027"), "{}", told[0].parcel.text);
        assert_eq!(house.journal("calendar-provisional").await.len(), 1);
        assert!(asks(&house, "2027-12-01T02:17").await, "the next year again");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_asked_for_a_year_that_the_config_says_was_announced() {
    let announced = format!("{}\n[calendar]\nannounced = [2027]\n", told_when_assigned());
    let house = House::new(&announced, &one_duty()).await;
    assert!(!ask_for_holidays(&house.engine, at("2026-12-01T02:17")).await.expect("a store"));
}
