//! Times for people: `2026-11-23 00:00 UTC` for seconds since 1970.

use time::OffsetDateTime;

/// The time of a second since 1970; one outside the calendar as its number.
pub fn utc(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(time) = time else { return format!("second {seconds} since 1970") };
    let (date, hour, minute, second) = (time.date(), time.hour(), time.minute(), time.second());
    let second = if second == 0 { String::new() } else { format!(":{second:02}") };
    format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}{second} UTC", date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(1_795_392_000), "2026-11-23 00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(utc(u64::MAX), format!("second {} since 1970", u64::MAX));
    }
}
