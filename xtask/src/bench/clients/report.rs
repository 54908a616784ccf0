//! The table and the charts.

use std::fmt::Write as _;

use super::CLIENTS;
use crate::chart::{Bar, Chart};

/// What was measured of one client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Requests a second, one after the other.
    pub(super) sequential: f64,
    /// With 100 on the way.
    pub(super) in_flight: f64,
    /// The client's processor time for one of them, in microseconds.
    pub(super) request_cost: f64,
    /// MB/s.
    pub(super) upload: f64,
    /// MB/s.
    pub(super) download: f64,
    /// Messages a second.
    pub(super) updates: f64,
    /// Processor time for one of them, in microseconds.
    pub(super) update_cost: f64,
    /// Seconds from the start of the process to the first answer.
    pub(super) start: f64,
    /// Resident bytes after the first answer.
    pub(super) idle: f64,
    /// Those of them that are no pages of the program's file.
    pub(super) own: f64,
    /// The most resident bytes, transfers included.
    pub(super) most: f64,
}

/// One line of the table.
struct Row {
    what: &'static str,
    of: fn(&Figures) -> f64,
    /// More is better.
    more: bool,
    decimals: usize,
    /// The goal is three times the best of the others, or 80 % of the limit.
    is_main: bool,
    /// The limit is that of a transfer.
    limited: bool,
}

const ROW: Row = Row { what: "", of: |_| 0.0, more: true, decimals: 0, is_main: false, limited: false };

const ROWS: [Row; 11] = [
    Row { what: "requests a second, one after the other", of: |figures| figures.sequential, ..ROW },
    Row { what: "requests a second, 100 in flight", of: |figures| figures.in_flight, is_main: true, ..ROW },
    Row {
        what: "processor time for one of those, µs",
        of: |figures| figures.request_cost,
        more: false,
        decimals: 1,
        ..ROW
    },
    Row { what: "upload, MB/s", of: |figures| figures.upload, is_main: true, limited: true, ..ROW },
    Row { what: "download, MB/s", of: |figures| figures.download, is_main: true, limited: true, ..ROW },
    Row { what: "updates a second", of: |figures| figures.updates, ..ROW },
    Row { what: "processor time for an update, µs", of: |figures| figures.update_cost, more: false, ..ROW },
    Row { what: "from start to the first reply, ms", of: |figures| figures.start * 1e3, more: false, ..ROW },
    Row {
        what: "resident memory at rest, MB",
        of: |figures| figures.idle / 1e6,
        more: false,
        decimals: 1,
        ..ROW
    },
    Row {
        what: "of it without the program's file, MB",
        of: |figures| figures.own / 1e6,
        more: false,
        decimals: 2,
        ..ROW
    },
    Row {
        what: "most resident memory, MB",
        of: |figures| figures.most / 1e6,
        more: false,
        decimals: 1,
        ..ROW
    },
];

/// The best of all rounds.
pub(super) struct Report {
    best: [Option<Figures>; CLIENTS.len()],
    /// MB/s of encryption and loopback alone.
    pub(super) limit: f64,
    file: u64,
    rounds: u32,
}

impl Report {
    pub(super) fn new(file: u64, rounds: u32) -> Self {
        Self { best: [None; CLIENTS.len()], limit: 0.0, file, rounds }
    }

    pub(super) fn take(&mut self, at: usize, new: Figures) {
        let Some(held) = self.best.get_mut(at) else { return };
        *held = Some(held.map_or(new, |old| Figures {
            sequential: old.sequential.max(new.sequential),
            in_flight: old.in_flight.max(new.in_flight),
            request_cost: old.request_cost.min(new.request_cost),
            upload: old.upload.max(new.upload),
            download: old.download.max(new.download),
            updates: old.updates.max(new.updates),
            update_cost: old.update_cost.min(new.update_cost),
            start: old.start.min(new.start),
            idle: old.idle.min(new.idle),
            own: old.own.min(new.own),
            most: old.most.min(new.most),
        }));
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "# Clients beside each other\n\nWritten by `cargo xtask bench clients`: four client libraries, each against a server of ours (release build, \
             in memory), one after the other in each of {} rounds, the best round of each. Server and client share two cores, so ratios \
             are what counts. The file has {} MiB. Every client does what its documentation says: GramJS with 8 workers for uploads \
             and pieces of 512 KiB for downloads, Telethon with parts of 512 KiB, grammers and Chappe as they are.\n\n| |",
            self.rounds, self.file
        );
        for (name, version) in CLIENTS {
            let _ = write!(text, " {name} ({version}) |");
        }
        text.push_str(" Chappe to the best of the others | limit | of the limit |\n|---|");
        text.push_str(&"---|".repeat(CLIENTS.len() + 3));
        text.push('\n');
        for row in &ROWS {
            let _ = write!(text, "| {} |", row.what);
            for figures in &self.best {
                let _ = match figures {
                    Some(figures) => write!(text, " {:.*} |", row.decimals, (row.of)(figures)),
                    None => write!(text, " |"),
                };
            }
            let ratio = self.ratio(row);
            let _ = match ratio {
                Some(ratio) => write!(text, " {ratio:.2} × |"),
                None => write!(text, " |"),
            };
            let ours = self.ours().map(row.of).filter(|_| row.limited);
            let _ = match ours {
                Some(ours) => writeln!(text, " {:.0} | {:.0} % |", self.limit, ours * 100.0 / self.limit),
                None => writeln!(text, " | |"),
            };
        }
        text.push_str(
            "\nA ratio above 1 means that Chappe is ahead: faster, sooner, or with less memory. The limit is what two threads \
             reach that do nothing but encrypt, send over loopback and decrypt packets of 512 KiB (`limit`, in the same run).\n\n",
        );
        self.goals(&mut text);
        for (name, chart) in self.charts() {
            let _ = writeln!(text, "![{}](benchmarks/{name}.svg)", chart.title);
        }
        text
    }

    fn goals(&self, text: &mut String) {
        let mut missed = Vec::new();
        for row in &ROWS {
            let Some(ratio) = self.ratio(row) else { continue };
            let near = row.limited && self.ours().is_some_and(|ours| (row.of)(ours) >= 0.8 * self.limit);
            if ratio < 1.0 {
                missed.push(format!("{}: not ahead ({ratio:.2} ×)", row.what));
            } else if row.is_main && ratio < 3.0 && !near {
                missed.push(format!("{}: ahead, but not three times ({ratio:.2} ×)", row.what));
            }
        }
        match &missed[..] {
            [] => text.push_str(
                "Every goal is reached: ahead in each line, and three times the best of the others, or 80 % of the limit, in \
                 requests in flight, upload and download.\n\n",
            ),
            missed => {
                text.push_str("Goals that are not reached:\n\n");
                for line in missed {
                    let _ = writeln!(text, "* {line}");
                }
                text.push('\n');
            }
        }
    }

    fn ours(&self) -> Option<&Figures> {
        self.best.last()?.as_ref()
    }

    /// Ours to the best of the others; above 1 we are ahead.
    fn ratio(&self, row: &Row) -> Option<f64> {
        let ours = (row.of)(self.ours()?);
        let others = self.best.iter().take(CLIENTS.len() - 1).flatten().map(row.of);
        if row.more { Some(ours / others.reduce(f64::max)?) } else { Some(others.reduce(f64::min)? / ours) }
    }

    pub(super) fn charts(&self) -> Vec<(&'static str, Chart)> {
        let chart = |title: &'static str, of: fn(&Figures) -> f64, limit: Option<f64>| {
            let measured = self.best.iter().zip(CLIENTS);
            let mut bars: Vec<Bar> = measured
                .filter_map(|(figures, (name, _))| Some(Bar::new(name, of(figures.as_ref()?))))
                .collect();
            bars.extend(limit.map(|limit| Bar::limit("encryption alone", limit)));
            Chart { title, bars, decimals: 0 }
        };
        vec![
            ("upload", chart("Upload, MB/s", |figures| figures.upload, Some(self.limit))),
            ("download", chart("Download, MB/s", |figures| figures.download, Some(self.limit))),
            ("in_flight", chart("Requests a second, 100 in flight", |figures| figures.in_flight, None)),
            ("updates", chart("Updates a second", |figures| figures.updates, None)),
            ("memory", chart("Most resident memory, MB", |figures| figures.most / 1e6, None)),
        ]
    }
}
