//! The clock of the server, which is the one that its tokens go by.

use crate::Reply;

/// The time in the `Date` header of an answer, in seconds since 1970; `None` when there is none that can be read.
#[must_use]
pub fn server_time(reply: &Reply) -> Option<i64> {
    parse_date(&reply.header("date")?)
}

/// Reads the preferred form of RFC 9110 §5.6.7, `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parse_date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (_, rest) = text.trim().split_once(", ")?;
    let [day, month, year, time, _gmt] =
        rest.strip_suffix(" GMT").map(|_| rest)?.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let place = MONTHS.find(month).filter(|_| month.len() == 3)?;
    let month = i64::try_from(place / 3).ok()? + 1;
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let [hours, minutes, seconds] = time.split(':').collect::<Vec<_>>().try_into().ok()?;
    let of_day = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60 + seconds.parse::<i64>().ok()?;
    Some(days_since_1970(year, month, day) * 86_400 + of_day)
}

/// Days of the Gregorian calendar, counted in years that begin in March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_form_is_read_and_no_other() {
        assert_eq!(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(parse_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(parse_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(server_time(&Reply::canned(200, &[], "")), None);
    }
}
