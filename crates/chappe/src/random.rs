//! Where randomness comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::{StdRng, SysRng};
use rand::{SeedableRng, TryRng};

use crate::error::{Error, ErrorKind};

/// Makes a generator for each task: seeded by the operating system, or by the test's seed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Randomness {
    seed: Option<u64>,
    made: Arc<AtomicU64>,
}

impl Randomness {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { seed: Some(seed), made: Arc::default() }
    }

    /// A fast generator with a fresh seed.
    pub(crate) fn generator(&self) -> Result<StdRng, Error> {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        match self.seed {
            // One stream per generator, whatever the order of the tasks' first draws.
            Some(fixed) => {
                let number = self.made.fetch_add(1, Ordering::Relaxed);
                return Ok(StdRng::seed_from_u64(fixed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            }
            None => SysRng.try_fill_bytes(&mut *seed).map_err(|error| {
                Error::with_source(ErrorKind::Randomness, "the system gives no randomness", error)
            })?,
        }
        Ok(StdRng::from_seed(*seed))
    }
}
