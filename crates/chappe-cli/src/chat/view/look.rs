//! Colours and dates.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::style::{Color, Modifier, Style};

/// How everything looks.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Whether there are colours: not if `NO_COLOR` is set.
    pub(crate) colour: bool,
    pub(crate) zone: TimeZone,
}

impl Look {
    fn coloured(&self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// What is less important.
    pub(super) fn faint(&self) -> Style {
        self.coloured(Color::DarkGray).add_modifier(if self.colour {
            Modifier::empty()
        } else {
            Modifier::DIM
        })
    }

    /// Secret chats, and what is safe.
    pub(super) fn secret(&self) -> Style {
        self.coloured(Color::Green)
    }

    pub(super) fn error(&self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// What wants a decision, and timers.
    pub(super) fn urgent(&self) -> Style {
        self.coloured(Color::Yellow)
    }

    /// Names of people; ours is another one.
    pub(super) fn name(&self, ours: bool) -> Style {
        self.coloured(if ours { Color::Cyan } else { Color::Magenta }).add_modifier(Modifier::BOLD)
    }

    pub(super) fn link(&self) -> Style {
        self.coloured(Color::Blue).add_modifier(Modifier::UNDERLINED)
    }

    pub(super) fn code(&self) -> Style {
        self.coloured(Color::Yellow)
    }

    /// The edge of what the keys act on.
    pub(super) fn edge(&self, active: bool) -> Style {
        if active { self.coloured(Color::Cyan) } else { self.faint() }
    }

    /// The marked line of a list.
    pub(super) fn marked(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    fn zoned(&self, date: i64) -> jiff::ZonedDateTime {
        Timestamp::from_second(date).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(self.zone.clone())
    }

    /// Hours and minutes.
    pub(super) fn clock(&self, date: i64) -> String {
        self.zoned(date).strftime("%H:%M").to_string()
    }

    /// The day.
    pub(super) fn day(&self, date: i64) -> String {
        self.zoned(date).strftime("%-d %B %Y").to_string()
    }

    /// The time of today, or the day of another one.
    pub(super) fn short(&self, date: i64, now: i64) -> String {
        let (then, today) = (self.zoned(date), self.zoned(now));
        let form = if then.date() == today.date() {
            "%H:%M"
        } else if then.year() == today.year() {
            "%-d %b"
        } else {
            "%Y"
        };
        then.strftime(form).to_string()
    }
}
