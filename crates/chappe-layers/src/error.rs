use chappe_tl::{DecodeError, EncodeError};
use thiserror::Error;

/// Why an object could not be turned into another layer's shape.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The bytes are not what they should be.
    #[error("the object cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// A field is too long.
    #[error("the object cannot be written: {0}")]
    Encode(#[from] EncodeError),
    /// The other layer has nothing that stands for this, and the rules say so.
    #[error("{name} has no counterpart in layer {layer}")]
    Gone {
        /// The constructor, method or type.
        name: String,
        /// The layer that lacks it.
        layer: i32,
    },
    /// The target layer has no constructor of this name, or demands a field that has no neutral value, and no rule
    /// says what to do.
    #[error("{name} cannot be said in layer {layer}")]
    Unrepresentable {
        /// The constructor or method.
        name: String,
        /// The layer that lacks it.
        layer: i32,
    },
}
