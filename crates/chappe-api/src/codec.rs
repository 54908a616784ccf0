//! What the generated bodies stand on, beside [`chappe_tl::wire::Input`] and [`Writer`].

use core::fmt;

use chappe_tl::wire::Record;
use chappe_tl::{Encode, Writer};

/// A field behind a flag.
#[inline]
pub(crate) fn opt<T: Encode>(value: &Option<T>, writer: &mut Writer) {
    if let Some(value) = value {
        value.encode(writer);
    }
}

#[inline]
pub(crate) fn opt_box<T: Encode>(value: &Option<Box<T>>, writer: &mut Writer) {
    if let Some(value) = value {
        (**value).encode(writer);
    }
}

#[inline]
pub(crate) fn opt_bytes(value: &Option<Vec<u8>>, writer: &mut Writer) {
    if let Some(value) = value {
        writer.bytes(value);
    }
}

/// A field whose flag bit others share: its default if the bit is set without it.
#[inline]
pub(crate) fn shared<T: Encode + Default>(bit: bool, value: &Option<T>, writer: &mut Writer) {
    match value {
        Some(value) if bit => value.encode(writer),
        None if bit => T::default().encode(writer),
        _ => {}
    }
}

/// [`shared`] for `bytes`.
#[inline]
pub(crate) fn shared_bytes(bit: bool, value: &Option<Vec<u8>>, writer: &mut Writer) {
    if bit {
        writer.bytes(value.as_deref().unwrap_or_default());
    }
}

/// [`shared`] for a field that has no default: the bit is not set without it.
#[inline]
pub(crate) fn given<T: Encode>(bit: bool, value: &Option<T>, writer: &mut Writer) {
    if bit {
        opt(value, writer);
    }
}

/// [`given`] for a boxed struct.
#[inline]
pub(crate) fn given_box<T: Encode>(bit: bool, value: &Option<Box<T>>, writer: &mut Writer) {
    if bit {
        opt_box(value, writer);
    }
}

/// A bare vector of boxed items.
pub(crate) fn bare_vector<T: Encode>(items: &[T], writer: &mut Writer) {
    writer.count(items.len());
    for item in items {
        item.encode(writer);
    }
}

/// A bare vector of bare items.
pub(crate) fn bare_items<T: Record>(items: &[T], writer: &mut Writer) {
    writer.count(items.len());
    for item in items {
        item.write_fields(writer);
    }
}

/// Equality: the same bytes on the wire.
pub(crate) fn same(one: &dyn Encode, other: &dyn Encode) -> bool {
    let bytes = |value: &dyn Encode| {
        let mut writer = Writer::new();
        value.encode(&mut writer);
        writer.into_inner()
    };
    bytes(one) == bytes(other)
}

/// What `{:?}` prints: the bytes, read by the dynamic schema, without what must not be shown.
pub(crate) fn debug(value: &dyn Encode, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut writer = Writer::new();
    value.encode(&mut writer);
    let bytes = writer.into_inner();
    let id = bytes.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
    let schema = match crate::api_schema() {
        schema if schema.by_id(id).is_some() => schema,
        _ => crate::secret_schema(),
    };
    chappe_tl::dynamic::debug::fmt(
        schema,
        &bytes,
        &chappe_tl::parse::Type::Object,
        &crate::redacted::is_secret,
        f,
    )
}

/// `Debug` and `PartialEq`: thin, because there are thousands of them.
macro_rules! plain {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                codec::debug(self, f)
            }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                codec::same(self, other)
            }
        }
    )*};
}

/// The conversions between a struct and the variant that holds it.
macro_rules! convert {
    ($($name:ident :: $variant:ident ($wrap:ident $payload:ty);)*) => {$(
        impl From<$payload> for $name {
            #[inline]
            fn from(value: $payload) -> Self {
                Self::$variant(convert!(@wrap $wrap value))
            }
        }
        impl TryFrom<$name> for $payload {
            type Error = $name;
            #[inline]
            fn try_from(value: $name) -> Result<Self, $name> {
                match value {
                    $name::$variant(value) => Ok(convert!(@unwrap $wrap value)),
                    other => Err(other),
                }
            }
        }
    )*};
    (@wrap boxed $value:ident) => { Box::new($value) };
    (@wrap plain $value:ident) => { $value };
    (@unwrap boxed $value:ident) => { *$value };
    (@unwrap plain $value:ident) => { $value };
}

pub(crate) use {convert, plain};
