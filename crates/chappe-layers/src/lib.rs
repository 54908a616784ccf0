//! Between the newest API layer, which handlers know, and the layer that a client speaks.
//!
//! A server answers each client in the layer that it announced with `invokeWithLayer`. [`Layers::down`] turns an object
//! of the newest layer into that layer's shape, [`Layers::up`] turns a query of an older layer into the newest one's.
//! Both work on bytes and know the constructors from `schema/`:
//!
//! * A constructor that both layers have under one id is copied, its fields converted in turn.
//! * A constructor whose id changed is projected: fields are matched by name and type; what the other layer does not know
//!   is left out; what it demands and the source lacks is zero or empty.
//! * A constructor that the other layer has not at all is an error, [`LayerError::Unrepresentable`].
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
mod error;
mod transcode;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use catalogue::{Catalogue, LayerIndex};
use chappe_tl::parse::Type;
pub use error::LayerError;
use transcode::Transcoder;

/// The oldest layer that can be served.
pub const OLDEST: i32 = 158;

/// The layer that handlers know.
pub const NEWEST: i32 = chappe_api::LAYER;

/// The shapes of every supported layer.
#[derive(Debug)]
pub struct Layers {
    catalogue: Catalogue,
    indexes: RwLock<HashMap<i32, Arc<LayerIndex>>>,
}

impl Layers {
    /// The layers that `schema/` describes; parsed once per process.
    pub fn load() -> &'static Self {
        static LAYERS: OnceLock<Layers> = OnceLock::new();
        LAYERS.get_or_init(|| Self { catalogue: Catalogue::load(), indexes: RwLock::default() })
    }

    /// Turns one boxed object of the newest layer into the shape that `layer` has for it.
    ///
    /// For the results of methods that return vectors of plain numbers use [`Layers::down_result`], which knows the type.
    ///
    /// # Errors
    /// The bytes are no object of the newest layer, or the older layer cannot say it.
    pub fn down<'a>(&self, layer: i32, object: &'a [u8]) -> Result<Cow<'a, [u8]>, LayerError> {
        self.convert(layer, layer, object, &Type::Object)
    }

    /// Turns the result of the method with the id `method` into the shape that `layer` has for it.
    ///
    /// # Errors
    /// As [`Layers::down`]; an unknown method counts as one that returns any object.
    pub fn down_result<'a>(
        &self,
        layer: i32,
        method: u32,
        result: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, LayerError> {
        let ty = self.catalogue.result_of(method).unwrap_or(&Type::Object);
        self.convert(layer, layer, result, ty)
    }

    /// Turns a query in the shape of `layer` into the newest layer's.
    ///
    /// # Errors
    /// The bytes are no query of a known layer, or the newest layer has no such method.
    pub fn up<'a>(&self, layer: i32, query: &'a [u8]) -> Result<Cow<'a, [u8]>, LayerError> {
        self.convert(layer, NEWEST, query, &Type::Object)
    }

    fn convert<'a>(
        &self,
        spoken: i32,
        target: i32,
        object: &'a [u8],
        ty: &Type,
    ) -> Result<Cow<'a, [u8]>, LayerError> {
        if spoken >= NEWEST {
            return Ok(Cow::Borrowed(object));
        }
        let index = self.index(target.max(OLDEST));
        let converted = Transcoder::new(&self.catalogue, &index).run(object, ty)?;
        Ok(if converted == object { Cow::Borrowed(object) } else { Cow::Owned(converted) })
    }

    fn index(&self, layer: i32) -> Arc<LayerIndex> {
        let known = self.indexes.read().unwrap_or_else(PoisonError::into_inner).get(&layer).cloned();
        known.unwrap_or_else(|| {
            let index = Arc::new(self.catalogue.index(layer));
            self.indexes.write().unwrap_or_else(PoisonError::into_inner).insert(layer, Arc::clone(&index));
            index
        })
    }
}
