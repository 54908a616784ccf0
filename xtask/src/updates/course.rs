//! One run from the first message to the comparison.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Dice;
use super::peer::{End, Peer};
use super::proxy::Proxy;
use crate::Result;

/// How long nothing may come although nothing goes wrong any more.
const SETTLE: Duration = Duration::from_secs(120);

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(super) struct Course<'a> {
    pub(super) program: PathBuf,
    pub(super) server: SocketAddr,
    pub(super) server_key: &'a Path,
    /// Where sessions and logs are.
    pub(super) folder: &'a Path,
    pub(super) messages: u64,
    pub(super) restarts: u32,
    /// Microseconds between two cuts, on average.
    pub(super) cut_every: u64,
    /// Words before the others of each process.
    pub(super) prefix: &'a [&'a str],
}

/// What happened on the way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) cuts: u32,
    pub(super) connections_cut: usize,
    pub(super) watcher_kills: u32,
    pub(super) watcher_ends: u32,
    pub(super) sender_kills: u32,
    /// Messages that came again after a kill, and were known by their numbers.
    pub(super) repeats: usize,
}

impl Course<'_> {
    /// # Errors
    /// A message was lost, doubled or reordered, one came again without a kill, or a process ended by itself.
    pub(super) fn run(&self, dice: &mut Dice) -> Result<Tally> {
        let proxy = Proxy::start(self.server)?;
        let log = self.folder.join("watch.log");
        let mut watcher = self.peer(&proxy, "watch", "9996628801", &log, &[])?;
        let count = self.messages.to_string();
        let more = ["--to", "9996628801", "--count", &count];
        let mut sender = self.peer(&proxy, "send", "9996628802", &self.folder.join("progress"), &more)?;
        let (mut tally, mut ends) = (Tally::default(), vec![End::Asked]);
        let mut seen = Seen::default();
        let mut cut_at = Instant::now();
        let mut restarts = 0;
        while !sender.is_done() || restarts < self.restarts {
            seen.look(&log)?;
            watcher.check()?;
            sender.check()?;
            if Instant::now() >= cut_at {
                tally.connections_cut += proxy.cut();
                tally.cuts += 1;
                cut_at = Instant::now() + Duration::from_micros(dice.below(self.cut_every * 2));
            }
            // Spread over the messages; those that are left when all are sent come one after the other.
            let due = u64::from(restarts + 1) * self.messages / u64::from(self.restarts + 1);
            if restarts < self.restarts && (seen.messages >= due || sender.is_done()) {
                restarts += 1;
                match dice.below(10) {
                    0 | 1 if !sender.is_done() => {
                        sender.end(End::Killed)?;
                        sender.start_again()?;
                        tally.sender_kills += 1;
                    }
                    2..=4 => {
                        watcher.end(End::Asked)?;
                        ends.push(End::Asked);
                        tally.watcher_ends += 1;
                        watcher.start_again()?;
                    }
                    _ => {
                        watcher.end(End::Killed)?;
                        ends.push(End::Killed);
                        tally.watcher_kills += 1;
                        // Sometimes it is away while others talk.
                        std::thread::sleep(Duration::from_millis(dice.below(4) * dice.below(200)));
                        watcher.start_again()?;
                    }
                }
            }
            std::thread::sleep(LOOK);
        }
        let mut last = (seen.messages, Instant::now());
        while seen.messages < self.messages && last.1.elapsed() < SETTLE {
            std::thread::sleep(LOOK);
            seen.look(&log)?;
            watcher.check()?;
            if seen.messages != last.0 {
                last = (seen.messages, Instant::now());
            }
        }
        // What came twice would come now.
        watcher.end(End::Asked)?;
        tally.repeats = compare(&std::fs::read_to_string(&log)?, self.messages, &ends)?;
        Ok(tally)
    }

    fn peer(&self, proxy: &Proxy, name: &str, phone: &str, file: &Path, more: &[&str]) -> Result<Peer> {
        let mut words: Vec<String> = self.prefix.iter().map(|word| (*word).to_owned()).collect();
        let address = proxy.address().to_string();
        words.extend([name, "--phone", phone, "--server", &address].map(str::to_owned));
        let session = self.folder.join(name).with_extension("session");
        for (option, path) in [("--server-key", self.server_key), ("--session", &session), ("--file", file)] {
            words.extend([option.to_owned(), path.display().to_string()]);
        }
        words.extend(more.iter().map(|word| (*word).to_owned()));
        Peer::start(name, self.program.clone(), words)
    }
}

/// How much of the log was seen.
#[derive(Default)]
struct Seen {
    bytes: u64,
    messages: u64,
}

impl Seen {
    fn look(&mut self, log: &Path) -> Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = std::fs::File::open(log)?;
        file.seek(SeekFrom::Start(self.bytes))?;
        let mut new = String::new();
        file.read_to_string(&mut new)?;
        let whole = new.rfind('\n').map_or(0, |end| end + 1);
        self.bytes += whole as u64;
        let messages = new[..whole].lines().filter(|line| !line.starts_with(['#', '=']));
        self.messages += messages.count() as u64;
        Ok(())
    }
}

/// What a client has fetched together it passes together: so many messages (a slice of each counter) may come again after
/// an end in good order that came in between.
const TOGETHER: usize = 200;

/// Whether the log has the numbers of both chats, each once and in order. `ends`: what came before each start. Returns
/// how many came again.
fn compare(log: &str, count: u64, ends: &[End]) -> Result<usize> {
    let (mut start, mut repeats, mut together) = (None, 0, 0);
    let mut next = [0, 1];
    for line in log.lines() {
        if line == "#" {
            start = Some(start.map_or(0, |start| start + 1));
            together = 0;
            continue;
        }
        if line.starts_with('=') {
            repeats += 1;
            match start.and_then(|start: usize| ends.get(start)) {
                Some(End::Killed) => continue,
                Some(End::Asked) if together < TOGETHER => {
                    together += 1;
                    continue;
                }
                end => return Err(format!("{line:?} came again after {end:?}").into()),
            }
        }
        let text = line.rsplit(' ').next().unwrap_or_default();
        let number: u64 = text.parse().map_err(|_| format!("{line:?} in the log"))?;
        let expected = &mut next[usize::from(number % 2 == 1)];
        if number != *expected {
            return Err(format!("{number} came where {expected} was to come").into());
        }
        *expected += 2;
    }
    match next {
        [even, odd] if even >= count && odd >= count => Ok(repeats),
        _ => Err(format!("of {count} numbers those from {next:?} on are missing").into()),
    }
}
