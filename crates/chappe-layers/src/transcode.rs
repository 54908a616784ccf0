//! One object, read in the shape it has and written in the shape that the target layer has for it.

use chappe_tl::parse::{Definition, Parameter, Type};
use chappe_tl::wire::{BOOL_FALSE, BOOL_TRUE, VECTOR};
use chappe_tl::{DecodeError, Reader, Writer};

use crate::LayerError;
use crate::catalogue::{Catalogue, LayerIndex};

type Result<T> = core::result::Result<T, LayerError>;

#[derive(Clone, Copy)]
pub(crate) struct Transcoder<'a> {
    catalogue: &'a Catalogue,
    /// `None` keeps every shape as it is, which is how a field is stepped over.
    target: Option<&'a LayerIndex>,
}

/// A field of the source as read: its definition and, unless it was absent, its bytes in the target's shape.
struct Field<'a> {
    param: &'a Parameter,
    bytes: Option<Vec<u8>>,
}

/// The flag words of the object that is being read, by name.
type Flags<'a> = Vec<(&'a str, u32)>;

fn is_present(param: &Parameter, flags: &Flags<'_>) -> bool {
    param.flag.as_ref().is_none_or(|flag| {
        flags.iter().any(|(name, bits)| *name == flag.field && bits & (1 << (flag.bit & 31)) != 0)
    })
}

impl<'a> Transcoder<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue, target: &'a LayerIndex) -> Self {
        Self { catalogue, target: Some(target) }
    }

    pub(crate) fn run(&self, object: &[u8], ty: &Type) -> Result<Vec<u8>> {
        let mut reader = Reader::new(object);
        let mut writer = Writer::append_to(Vec::with_capacity(object.len()));
        self.value(ty, &mut reader, &mut writer)?;
        reader.finish()?;
        Ok(writer.finish()?)
    }

    fn value(&self, ty: &Type, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<()> {
        match ty {
            Type::Flags | Type::Int => writer.raw(&reader.array::<4>()?),
            Type::Long | Type::Double => writer.raw(&reader.array::<8>()?),
            Type::Int128 => writer.raw(&reader.array::<16>()?),
            Type::Int256 => writer.raw(&reader.array::<32>()?),
            Type::String | Type::Bytes => writer.bytes(reader.bytes()?),
            Type::Bool => writer.bool(reader.bool()?),
            Type::True => {}
            Type::Vector(item) => {
                reader.expect_id(VECTOR)?;
                writer.u32(VECTOR);
                self.items(item, reader, writer)?;
            }
            Type::BareVector(item) => self.items(item, reader, writer)?,
            Type::Boxed(_) | Type::Object | Type::Query(_) | Type::Generic(_) => {
                self.deeper(reader, |reader| self.boxed(reader, writer))?;
            }
            Type::Bare(name) => {
                return Err(self.unsaid(name));
            }
        }
        Ok(())
    }

    fn items(&self, item: &Type, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<()> {
        let count = reader.count(4)?;
        writer.count(count);
        self.deeper(reader, |reader| (0..count).try_for_each(|_| self.value(item, reader, writer)))
    }

    /// Bounds the depth as the reader does, for our own error type.
    fn deeper(
        &self,
        reader: &mut Reader<'_>,
        read: impl FnOnce(&mut Reader<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut outcome = Ok(());
        reader.nested(|reader| {
            outcome = read(reader);
            Ok(())
        })?;
        outcome
    }

    fn boxed(&self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<()> {
        let id = reader.u32()?;
        match id {
            BOOL_TRUE | BOOL_FALSE => {
                writer.u32(id);
                return Ok(());
            }
            VECTOR => {
                // A vector of an unknown type: objects, since numbers have a method that says so.
                writer.u32(VECTOR);
                return self.items(&Type::Object, reader, writer);
            }
            _ => {}
        }
        let source = self.catalogue.shape(id).ok_or(DecodeError::UnexpectedConstructor { id })?;
        let Some(index) = self.target else {
            writer.u32(id);
            return self.copy(source, reader, writer);
        };
        let target = self.catalogue.counterpart(index, source).ok_or_else(|| self.unsaid(&source.name))?;
        writer.u32(target.id);
        // A conditional field may hold what the target cannot say: then it is left out, which only a projection can do.
        if source.id == target.id && source.params.iter().all(|param| param.flag.is_none()) {
            self.copy(source, reader, writer)
        } else {
            self.project(source, target, reader, writer)
        }
    }

    fn unsaid(&self, name: &str) -> LayerError {
        LayerError::Unrepresentable {
            name: name.to_owned(),
            layer: self.target.map_or(crate::NEWEST, |target| target.layer),
        }
    }

    /// The fields of a constructor, under the flags that it has.
    fn copy(&self, shape: &Definition, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<()> {
        let mut flags = Flags::new();
        for param in &shape.params {
            if param.ty == Type::Flags {
                let bits = reader.u32()?;
                flags.push((&param.name, bits));
                writer.u32(bits);
            } else if is_present(param, &flags) {
                self.value(&param.ty, reader, writer)?;
            }
        }
        Ok(())
    }

    /// The fields of `source`, matched by name to those of `target`.
    fn project(
        &self,
        source: &Definition,
        target: &Definition,
        reader: &mut Reader<'_>,
        writer: &mut Writer,
    ) -> Result<()> {
        let fields = self.fields(source, reader)?;
        let find = |param: &Parameter| {
            let field = fields.iter().find(|field| field.param.name == param.name)?;
            fit(&field.param.ty, &param.ty, field.bytes.as_deref()?)
        };
        for param in &target.params {
            if param.ty == Type::Flags {
                let ours = target.params.iter().filter_map(|other| {
                    let flag = other.flag.as_ref().filter(|flag| flag.field == param.name)?;
                    find(other).map(|_| 1 << (flag.bit & 31))
                });
                writer.u32(ours.fold(0, |bits: u32, bit: u32| bits | bit));
            } else if let Some(bytes) = find(param) {
                writer.raw(&bytes);
            } else if param.flag.is_none() {
                neutral(&param.ty, writer).ok_or_else(|| self.unsaid(&source.name))?;
            }
        }
        Ok(())
    }

    fn fields<'s>(&self, source: &'s Definition, reader: &mut Reader<'_>) -> Result<Vec<Field<'s>>> {
        let mut flags = Flags::new();
        let mut fields = Vec::with_capacity(source.params.len());
        for param in &source.params {
            if param.ty == Type::Flags {
                flags.push((&param.name, reader.u32()?));
                continue;
            }
            let bytes = if is_present(param, &flags) {
                let (mut writer, start) = (Writer::new(), reader.clone());
                match self.value(&param.ty, reader, &mut writer) {
                    Ok(()) => Some(writer.finish()?),
                    Err(LayerError::Unrepresentable { .. }) => {
                        *reader = start;
                        Self { target: None, ..*self }.value(&param.ty, reader, &mut Writer::new())?;
                        None
                    }
                    Err(error) => return Err(error),
                }
            } else {
                None
            };
            fields.push(Field { param, bytes });
        }
        Ok(fields)
    }
}

/// What stands for a field that the source does not have.
fn neutral(ty: &Type, writer: &mut Writer) -> Option<()> {
    match ty {
        Type::Flags | Type::Int => writer.i32(0),
        Type::Long => writer.i64(0),
        Type::Double => writer.f64(0.0),
        Type::Int128 => writer.raw(&[0; 16]),
        Type::Int256 => writer.raw(&[0; 32]),
        Type::String | Type::Bytes => writer.bytes(&[]),
        Type::Bool => writer.bool(false),
        Type::True => {}
        Type::Vector(_) => {
            writer.u32(VECTOR);
            writer.count(0);
        }
        Type::BareVector(_) => writer.count(0),
        _ => return None,
    }
    Some(())
}

/// A field's bytes where the two layers agree on its type, or differ in its width only.
fn fit<'b>(source: &Type, target: &Type, bytes: &'b [u8]) -> Option<std::borrow::Cow<'b, [u8]>> {
    match (source, target) {
        _ if source == target => Some(bytes.into()),
        (Type::Int, Type::Long) => {
            Some(i64::from(i32::from_le_bytes(bytes.try_into().ok()?)).to_le_bytes().to_vec().into())
        }
        (Type::Long, Type::Int) => {
            let narrow = i32::try_from(i64::from_le_bytes(bytes.try_into().ok()?)).ok()?;
            Some(narrow.to_le_bytes().to_vec().into())
        }
        _ => None,
    }
}
