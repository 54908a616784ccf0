//! Between the newest API layer, which handlers know, and the layer that a client speaks.
//!
//! A server answers each client in the layer that it announced with `invokeWithLayer`. [`Layers::down`] turns an object
//! of the newest layer into that layer's shape, [`Layers::up`] turns a query of an older layer into the newest one's.
//! Both work on bytes and know the constructors from `schema/`:
//!
//! * A constructor that both layers have under one id is copied, its fields converted in turn.
//! * A constructor whose id changed is projected: fields are matched by name and type; what the other layer does not know
//!   is left out; what it demands and the source lacks comes from a rule, or is zero or empty.
//! * What the other layer has not at all is said in another way, by the rules of `rules.txt`: an unknown media becomes
//!   `messageMediaUnsupported`, an unknown update that carries pts becomes one that does nothing but count.
//!
//! Bytes in which nothing changes are returned as they came. What becomes of each constructor in a layer is worked out
//! when it is first met, and kept.
//!
//! ```
//! use chappe_layers::{Layers, NEWEST};
//!
//! // boolTrue is the same everywhere: nothing is copied.
//! let layers = Layers::load();
//! let bytes = 0x997275b5_u32.to_le_bytes();
//! assert_eq!(layers.down(198, &bytes)?, &bytes[..]);
//! assert_eq!(NEWEST, 232);
//! # Ok::<(), chappe_layers::LayerError>(())
//! ```
//!
//! What a layer is: <https://core.telegram.org/api/invoking#layers>.
#![forbid(unsafe_code)]

mod catalogue;
pub mod changes;
mod convert;
mod error;
mod output;
mod plan;
mod rules;
mod types;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use catalogue::Catalogue;
use convert::Converter;
pub use error::LayerError;
use plan::{Plans, Value};
use types::Ty;

/// The oldest layer that can be served: a client that announces an older one gets this.
pub const OLDEST: i32 = 158;

/// The layer that handlers know: a client that announces a newer one gets this.
pub const NEWEST: i32 = chappe_api::LAYER;

/// The shapes of every supported layer.
#[derive(Debug)]
pub struct Layers {
    catalogue: Catalogue,
    plans: RwLock<HashMap<i32, Arc<Plans>>>,
}

impl Layers {
    /// The layers that `schema/` describes; parsed once per process.
    pub fn load() -> &'static Self {
        static LAYERS: OnceLock<Layers> = OnceLock::new();
        LAYERS.get_or_init(|| Self { catalogue: Catalogue::load(), plans: RwLock::default() })
    }

    /// The layers whose schemas are known, ascending. A layer between two of them counts as the one below it.
    pub fn observed(&self) -> &[i32] {
        &self.catalogue.observed
    }

    /// Turns one boxed object of the newest layer into the shape that `layer` has for it.
    ///
    /// For the results of methods use [`Layers::down_result`], which knows what the method returned in that layer.
    ///
    /// # Errors
    /// The bytes are no object of the newest layer, or the older layer cannot say it.
    pub fn down<'a>(&self, layer: i32, object: &'a [u8]) -> Result<Cow<'a, [u8]>, LayerError> {
        self.convert(layer, layer, object, (Ty::ANY, Ty::ANY))
    }

    /// Turns the result of a method into what `layer` expects; `method` is the id that the client called.
    ///
    /// # Errors
    /// As [`Layers::down`]; an unknown method counts as one that returns any object.
    pub fn down_result<'a>(
        &self,
        layer: i32,
        method: u32,
        result: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, LayerError> {
        if layer >= NEWEST {
            return Ok(Cow::Borrowed(result));
        }
        self.convert(layer, layer, result, self.result_types(method).unwrap_or((Ty::ANY, Ty::ANY)))
    }

    /// Turns a query in the shape of `layer` into the newest layer's.
    ///
    /// # Errors
    /// The bytes are no query of a known layer, or the newest layer has no such method.
    pub fn up<'a>(&self, layer: i32, query: &'a [u8]) -> Result<Cow<'a, [u8]>, LayerError> {
        self.convert(layer, NEWEST, query, (Ty::ANY, Ty::ANY))
    }

    /// What our handlers return for a method of any layer, and what its caller expects.
    fn result_types(&self, method: u32) -> Option<(Ty, Ty)> {
        let called = self.catalogue.by_id(method)?;
        let expected = self.catalogue.shape(called)?.ty;
        let newest = self.plans(NEWEST);
        let plan = newest.direct(&self.catalogue, called)?;
        let executed = match plan.candidates.first() {
            _ if plan.same => called,
            Some(candidate) => match &candidate.value {
                Value::Build(build) => build.shape,
                _ => return None,
            },
            None => return None,
        };
        Some((self.catalogue.shape(executed)?.ty, expected))
    }

    fn convert<'a>(
        &self,
        spoken: i32,
        target: i32,
        object: &'a [u8],
        (from, to): (Ty, Ty),
    ) -> Result<Cow<'a, [u8]>, LayerError> {
        if spoken >= NEWEST {
            return Ok(Cow::Borrowed(object));
        }
        let plans = self.plans(target.max(OLDEST));
        let converted = Converter::new(&self.catalogue, &plans).run(object, from, to)?;
        Ok(converted.map_or(Cow::Borrowed(object), Cow::Owned))
    }

    fn plans(&self, layer: i32) -> Arc<Plans> {
        let known = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&layer).cloned();
        known.unwrap_or_else(|| {
            let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(plans.entry(layer).or_insert_with(|| Arc::new(Plans::new(&self.catalogue, layer))))
        })
    }
}
