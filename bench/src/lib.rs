//! Side-by-side measurements of Chappe and its peers.
//!
//! Every table is one run in which the candidates take turns: each round takes one short sample of every candidate,
//! and starts with another one each time. What disturbs the machine then disturbs all of them alike. The ratios are
//! those of the best samples, the least disturbed ones; a median far below the best says that the machine was busy.
//!
//! ```no_run
//! use chappe_bench::{Candidate, Table, Unit};
//!
//! let (a, b) = (vec![1_u8; 4096], vec![2_u8; 4096]);
//! let mut table = Table::new("xor", Unit::Megabytes, 50);
//! table.add(Candidate::repeated("one", 4096.0, || drop(std::hint::black_box(&a).clone())));
//! table.add(Candidate::repeated("other", 4096.0, || drop(std::hint::black_box(&b).clone())));
//! table.compare(&["one"]);
//! ```

use std::time::{Duration, Instant};

#[cfg(target_arch = "x86_64")]
pub mod cbc_loops;
pub mod sample;

/// How long one sample takes at least: long beside the clock, short beside a time slice of the scheduler.
const SAMPLE: Duration = Duration::from_millis(1);

/// What a table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Work is given in bytes and shown in MB/s.
    Megabytes,
    /// Work is given in operations and shown as operations per second.
    Operations,
    /// Work is given in operations and shown as thousands of operations per second.
    ThousandOperations,
}

impl Unit {
    fn divisor(self) -> f64 {
        match self {
            Self::Megabytes => 1e6,
            Self::Operations => 1.0,
            Self::ThousandOperations => 1e3,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Megabytes => "MB/s",
            Self::Operations => "1/s",
            Self::ThousandOperations => "k/s",
        }
    }
}

/// One of the things compared.
pub struct Candidate<'a> {
    name: String,
    /// Work of one operation, in the unit of the table.
    work: f64,
    /// Takes a sample: how long, and for how many operations.
    sample: Box<dyn FnMut() -> (Duration, u32) + 'a>,
}

impl<'a> Candidate<'a> {
    /// An operation that can be repeated on the same data. It is called as often as a sample needs.
    pub fn repeated(name: impl Into<String>, work: f64, mut operation: impl FnMut() + 'a) -> Self {
        let mut timed = move |count: u32| {
            let start = Instant::now();
            (0..count).for_each(|_| operation());
            start.elapsed()
        };
        let mut count = 1;
        while timed(count) < SAMPLE && count < 1 << 24 {
            count *= 2;
        }
        Self { name: name.into(), work, sample: Box::new(move || (timed(count), count)) }
    }

    /// An operation that uses up its input: `reset` makes each of `items` ready again, outside the measured time.
    pub fn fresh<T: 'a>(
        name: impl Into<String>,
        work: f64,
        mut items: Vec<T>,
        mut reset: impl FnMut(&mut T) + 'a,
        mut operation: impl FnMut(&mut T) + 'a,
    ) -> Self {
        let sample = move || {
            items.iter_mut().for_each(&mut reset);
            let start = Instant::now();
            items.iter_mut().for_each(&mut operation);
            (start.elapsed(), u32::try_from(items.len()).unwrap_or(u32::MAX))
        };
        Self { name: name.into(), work, sample: Box::new(sample) }
    }
}

/// Candidates that do the same work, and how to print them.
pub struct Table<'a> {
    title: String,
    unit: Unit,
    rounds: usize,
    candidates: Vec<Candidate<'a>>,
}

impl<'a> Table<'a> {
    /// An empty table of that many rounds.
    pub fn new(title: impl Into<String>, unit: Unit, rounds: usize) -> Self {
        Self { title: title.into(), unit, rounds, candidates: Vec::new() }
    }

    /// Adds a row.
    pub fn add(&mut self, candidate: Candidate<'a>) {
        self.candidates.push(candidate);
    }

    /// Measures and prints the table, with a column of ratios to each of the candidates named in `bases`: above one
    /// is faster than it. Returns the ratios, row by row.
    pub fn compare(mut self, bases: &[&str]) -> Vec<Vec<f64>> {
        let count = self.candidates.len();
        // Seconds per unit of work: one row per candidate, one column per round.
        let mut times = vec![Vec::with_capacity(self.rounds); count];
        for round in 0..=self.rounds {
            for turn in 0..count {
                let index = (round + turn) % count;
                let candidate = &mut self.candidates[index];
                let (duration, operations) = (candidate.sample)();
                // The first round warms up.
                if round > 0 {
                    times[index].push(duration.as_secs_f64() / f64::from(operations) / candidate.work);
                }
            }
        }
        let bases: Vec<usize> = bases
            .iter()
            .map(|base| {
                let found = self.candidates.iter().position(|candidate| candidate.name == *base);
                found.unwrap_or_else(|| panic!("no candidate {base} in {}", self.title))
            })
            .collect();
        let best: Vec<f64> =
            times.iter().map(|times| times.iter().copied().fold(f64::INFINITY, f64::min)).collect();
        let ratios: Vec<Vec<f64>> =
            best.iter().map(|own| bases.iter().map(|base| best[*base] / own).collect()).collect();
        self.print(&bases, &best, &times, &ratios);
        ratios
    }

    fn print(&self, bases: &[usize], best: &[f64], times: &[Vec<f64>], ratios: &[Vec<f64>]) {
        let width =
            self.candidates.iter().map(|candidate| candidate.name.len()).max().unwrap_or(0).max(40) + 4;
        println!("\n{}", self.title);
        print!("  {:<width$} {:>11} {:>9}", "", format!("best {}", self.unit.name()), "median");
        for base in bases {
            print!("  {:>12}", format!("to [{}]", base + 1));
        }
        println!();
        for (index, candidate) in self.candidates.iter().enumerate() {
            let rate = |time: f64| 1.0 / time / self.unit.divisor();
            let name = format!("[{}] {}", index + 1, candidate.name);
            print!(
                "  {name:<width$} {:>11.1} {:>9.1}",
                rate(best[index]),
                rate(median(times[index].iter().copied()))
            );
            for ratio in &ratios[index] {
                print!("  {ratio:>12.3}");
            }
            println!();
        }
    }
}

/// The middle value.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Bytes that look random and are the same in every run.
pub fn bytes(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(|_| next()).collect()
}

/// Like [`bytes`], as an array.
pub fn array<const N: usize>(seed: u64) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes(N, seed));
    array
}
