//! The data centres of one process: each has a port of its own, and all of them one world.
//!
//! An account is at home in one of them: there it logs in and does what it does. Elsewhere it may only fetch and store
//! files, on a key to which its login was carried over. A key belongs to the data centre where it was made.
//!
//! With one data centre nothing of this shows: clients may take it for any.
//!
//! Source: <https://core.telegram.org/api/datacenter>

use std::net::SocketAddr;

use crate::cdn::CDN_ID;
use crate::model::phone;

/// The most there can be: clients know of no more.
pub(crate) const MOST: i32 = 5;

/// One data centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataCentre {
    /// Its number, from 1 on if there are several.
    pub id: i32,
    /// Where it listens, with the real port.
    pub address: SocketAddr,
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Centres {
    all: Vec<DataCentre>,
    /// Beginnings of numbers and where such accounts are at home.
    homes: Vec<(String, i32)>,
    /// Whether there is a CDN beside them.
    has_cdn: bool,
}

impl Centres {
    pub(crate) fn new(all: Vec<DataCentre>, homes: Vec<(String, i32)>, has_cdn: bool) -> Self {
        Self { all, homes, has_cdn }
    }

    pub(crate) fn all(&self) -> &[DataCentre] {
        &self.all
    }

    pub(crate) fn homes(&self) -> &[(String, i32)] {
        &self.homes
    }

    pub(crate) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    pub(crate) fn get(&self, id: i32) -> Option<&DataCentre> {
        self.all.iter().find(|centre| centre.id == id)
    }

    /// What is stored as the home of something made at this data centre: 0 if there is no other.
    pub(crate) fn home(&self, centre: i32) -> i32 {
        if self.are_several() || self.is_cdn(centre) { centre } else { 0 }
    }

    /// Whether that is the CDN, which knows no accounts.
    pub(crate) fn is_cdn(&self, centre: i32) -> bool {
        self.has_cdn && centre == CDN_ID
    }

    /// Whether a key that was made at `home` is known at `here`. The CDN knows its own keys only, and nobody else does.
    pub(crate) fn knows_key(&self, home: i32, here: i32) -> bool {
        if home == CDN_ID || self.is_cdn(here) { home == here } else { !is_elsewhere(home, here) }
    }

    /// Where an account with this number is at home, if the number says so: by the longest beginning that was
    /// configured, else a test number `99966XYYYY` by its X.
    pub(crate) fn of_number(&self, number: &str) -> Option<i32> {
        if !self.are_several() {
            return None;
        }
        let begins = |(prefix, _): &&(String, i32)| number.starts_with(prefix.as_str());
        let configured = self.homes.iter().filter(begins).max_by_key(|(prefix, _)| prefix.len());
        let of_test_number = || phone::test_digit(number).and_then(|digit| digit.to_digit(10));
        let id = match configured {
            Some((_, id)) => Some(*id),
            None => of_test_number().and_then(|digit| i32::try_from(digit).ok()),
        };
        id.filter(|id| self.get(*id).is_some())
    }
}

/// Whether what is at home in `home` is not to be had at `here`; 0 stands for every data centre.
pub(crate) fn is_elsewhere(home: i32, here: i32) -> bool {
    home != 0 && here != 0 && home != here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centres(count: i32, homes: &[(&str, i32)]) -> Centres {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let all = (1..=count).map(|id| DataCentre { id, address }).collect();
        Centres::new(all, homes.iter().map(|(prefix, id)| ((*prefix).to_owned(), *id)).collect(), true)
    }

    #[test]
    fn numbers_say_where_they_are_at_home() {
        let three = centres(3, &[("49", 1), ("4930", 3), ("9996625", 1)]);
        for (number, home) in [
            ("9996611111", Some(1)),
            ("9996631111", Some(3)),
            ("9996641111", None),
            ("9996621111", Some(2)),
            ("9996625111", Some(1)),
            ("4989123456", Some(1)),
            ("4930123456", Some(3)),
            ("3312345678", None),
        ] {
            assert_eq!(three.of_number(number), home, "{number}");
        }
        assert_eq!(centres(1, &[("49", 1)]).of_number("4930123456"), None, "with one there is no question");
        let keys = |home, here| three.knows_key(home, here);
        assert!(
            keys(CDN_ID, CDN_ID) && !keys(CDN_ID, 2) && !keys(0, CDN_ID) && !keys(2, CDN_ID) && keys(0, 2)
        );
        assert!(is_elsewhere(1, 2) && !is_elsewhere(2, 2) && !is_elsewhere(0, 2) && !is_elsewhere(1, 0));
    }
}
