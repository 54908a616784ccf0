//! The server's randomness: one generator, seeded by the system or, for tests, by a number.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

use crate::error::ServerError;

/// A generator that many tasks share. Each session and connection forks its own from it.
pub(crate) struct SharedRng {
    rng: Mutex<StdRng>,
    seeded: bool,
}

/// Where a generator begins.
#[derive(Clone, Copy)]
pub(crate) enum Seed {
    Number(u64),
    Bytes([u8; 32]),
}

impl SharedRng {
    pub(crate) fn new(seed: Option<Seed>) -> Result<Self, ServerError> {
        let rng = match seed {
            Some(Seed::Number(seed)) => StdRng::seed_from_u64(seed),
            Some(Seed::Bytes(seed)) => StdRng::from_seed(seed),
            None => StdRng::try_from_rng(&mut SysRng)
                .map_err(|error| ServerError::Randomness { reason: error.to_string() })?,
        };
        Ok(Self { rng: Mutex::new(rng), seeded: seed.is_some() })
    }

    /// Whether a run repeats.
    pub(crate) fn is_seeded(&self) -> bool {
        self.seeded
    }

    pub(crate) fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn fork(&self) -> StdRng {
        let mut seed = [0; 32];
        self.fill(&mut seed);
        StdRng::from_seed(seed)
    }

    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.with(|rng| rng.fill_bytes(bytes));
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for SharedRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRng").finish_non_exhaustive()
    }
}
