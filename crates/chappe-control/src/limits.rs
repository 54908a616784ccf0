//! Limits and homes as they are written on a command line: `messages.=20/60`, `3/86400`, `7=2`.

use std::str::FromStr;
use std::time::Duration;

use chappe_server::ServerBuilder;
use serde::Deserialize;

/// So many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    count: usize,
    seconds: u32,
}

/// How often one account may call some methods.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FloodLimit {
    methods: String,
    rate: Rate,
}

/// Where numbers are at home that begin with these digits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Home {
    digits: String,
    dc_id: i32,
}

impl Rate {
    pub(crate) const fn new(count: usize, seconds: u32) -> Self {
        Self { count, seconds }
    }

    const fn period(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// Limits the login codes for one number.
    #[must_use]
    pub fn limit_codes_per_number(self, builder: ServerBuilder) -> ServerBuilder {
        builder.codes_per_number(self.count, self.period())
    }

    /// Limits the login codes for one device.
    #[must_use]
    pub fn limit_codes_per_device(self, builder: ServerBuilder) -> ServerBuilder {
        builder.codes_per_device(self.count, self.period())
    }
}

impl FloodLimit {
    pub(crate) fn new(methods: &str, rate: Rate) -> Self {
        Self { methods: methods.to_owned(), rate }
    }

    /// Puts it into a builder.
    #[must_use]
    pub fn limit(&self, builder: ServerBuilder) -> ServerBuilder {
        builder.flood_limit(self.methods.as_str(), self.rate.count, self.rate.period())
    }
}

impl Home {
    pub(crate) fn new(digits: &str, dc_id: i32) -> Self {
        Self { digits: digits.to_owned(), dc_id }
    }

    /// Puts it into a builder.
    #[must_use]
    pub fn set(&self, builder: ServerBuilder) -> ServerBuilder {
        builder.home(self.digits.as_str(), self.dc_id)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(count, seconds)| {
            Some(Self { count: count.trim().parse().ok()?, seconds: seconds.trim().parse().ok()? })
        });
        parts.filter(|rate| rate.count > 0 && rate.seconds > 0).ok_or_else(|| {
            format!("{text:?} is not a number of times and the seconds in which they may be, such as 5/60")
        })
    }
}

impl FromStr for FloodLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((methods, rate)) = text.split_once('=') else {
            return Err(format!("{text:?} is not METHODS=CALLS/SECONDS, such as messages.sendMessage=5/60"));
        };
        Ok(Self { methods: methods.trim().to_owned(), rate: rate.parse()? })
    }
}

impl FromStr for Home {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(digits, dc_id)| {
            let digits = digits.trim().trim_start_matches('+');
            Some(Self { digits: digits.to_owned(), dc_id: dc_id.trim().parse().ok()? })
        });
        let good = |home: &Self| {
            !home.digits.is_empty()
                && home.digits.bytes().all(|digit| digit.is_ascii_digit())
                && (1..=5).contains(&home.dc_id)
        };
        parts.filter(good).ok_or_else(|| {
            format!("{text:?} is not the first digits of numbers and a data centre, such as 4915=2")
        })
    }
}

macro_rules! from_text {
    ($($name:ty)*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    )*};
}

from_text! { Rate FloodLimit Home }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_cannot_be_is_refused_with_an_example() {
        assert_eq!("5/60".parse(), Ok(Rate::new(5, 60)));
        assert_eq!("messages.=20/60".parse(), Ok(FloodLimit::new("messages.", Rate::new(20, 60))));
        assert_eq!("=100/1".parse(), Ok(FloodLimit::new("", Rate::new(100, 1))));
        assert_eq!("+4915=2".parse(), Ok(Home::new("4915", 2)));
        for wrong in ["", "5", "0/60", "5/0", "-1/60", "five/60"] {
            assert!(wrong.parse::<Rate>().is_err_and(|error| error.contains("5/60")), "{wrong}");
        }
        for wrong in ["messages.sendMessage", "messages.sendMessage=often"] {
            assert!(wrong.parse::<FloodLimit>().is_err(), "{wrong}");
        }
        for wrong in ["4915", "=2", "4915=9", "49 15=2", "4915=two"] {
            assert!(wrong.parse::<Home>().is_err_and(|error| error.contains("4915=2")), "{wrong}");
        }
    }
}
