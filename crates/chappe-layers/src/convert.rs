//! One object, read in the shape it has and written in the shape that the target layer has for it.

use chappe_tl::wire::{BOOL_FALSE, BOOL_TRUE, VECTOR};
use chappe_tl::{DecodeError, Reader, Writer};

use crate::LayerError;
use crate::catalogue::{Catalogue, Shape, Words};
use crate::output::Output;
use crate::plan::{Build, Left, Param, Plan, Plans, Value};
use crate::types::{Form, Ty};

/// Why a value was not written. The number is the place of the constructor in the catalogue.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The layer has nothing for it.
    Unsaid(usize),
    /// A rule says that it is left out.
    Dropped(usize),
    /// A rule says that the layer has nothing for it.
    Gone(usize),
    /// It cannot be read, or is too long to be written.
    Broken(LayerError),
}

impl<E: Into<LayerError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

type Result<T, E = Stop> = core::result::Result<T, E>;

/// An object whose fields have been found, or a built-in value.
enum Source<'c, 's> {
    Object { shape: &'c Shape, place: usize, fields: Vec<Option<&'s [u8]>> },
    BuiltIn { ty: Ty, bytes: &'s [u8] },
}

#[derive(Clone, Copy)]
pub(crate) struct Converter<'c> {
    catalogue: &'c Catalogue,
    plans: &'c Plans,
}

impl<'c> Converter<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue, plans: &'c Plans) -> Self {
        Self { catalogue, plans }
    }

    /// The object as a value of the type `to`; `None` if nothing changes.
    pub(crate) fn run(&self, object: &[u8], from: Ty, to: Ty) -> Result<Option<Vec<u8>>, LayerError> {
        let mut reader = Reader::new(object);
        let mut out = Output::new(object);
        self.convert(from, to, &mut reader, &mut out).map_err(|stop| self.error(stop))?;
        reader.finish()?;
        Ok(out.finish())
    }

    fn error(&self, stop: Stop) -> LayerError {
        let name =
            |place| self.catalogue.shape(place).map(|shape| shape.name().to_owned()).unwrap_or_default();
        let layer = self.plans.index.layer;
        match stop {
            Stop::Unsaid(place) => LayerError::Unrepresentable { name: name(place), layer },
            Stop::Dropped(place) | Stop::Gone(place) => LayerError::Gone { name: name(place), layer },
            Stop::Broken(error) => error,
        }
    }

    fn shape(&self, place: usize) -> Result<&'c Shape> {
        self.catalogue.shape(place).ok_or(Stop::Unsaid(place))
    }

    /// A value of a type that both layers agree on.
    fn value<'s>(&self, ty: Ty, reader: &mut Reader<'s>, out: &mut Output<'s>) -> Result<()> {
        match self.catalogue.types.form(ty) {
            Form::Vector(item) => self.vector(item, item, reader, out),
            Form::BareVector(item) => self.items(item, item, reader, out),
            Form::Boxed => self.boxed(ty, reader, out),
            _ => {
                out.keep(self.span(ty, reader)?);
                Ok(())
            }
        }
    }

    /// A value whose type may have changed.
    fn convert<'s>(&self, from: Ty, to: Ty, reader: &mut Reader<'s>, out: &mut Output<'s>) -> Result<()> {
        if from == to {
            return self.value(from, reader, out);
        }
        match (self.catalogue.types.form(from), self.catalogue.types.form(to)) {
            (Form::Vector(from), Form::Vector(to)) => self.vector(from, to, reader, out),
            (Form::Boxed, _) => self.boxed(to, reader, out),
            (_, form) => {
                let bytes = self.span(from, reader)?;
                let number = number(from, bytes).filter(|_| matches!(form, Form::Fixed(4 | 8)));
                if let Some(number) = number {
                    return write_number(number, to, out).ok_or(Stop::Unsaid(usize::MAX));
                }
                let left = match from {
                    Ty::BOOL => Left::Bool(reader_id(bytes) == BOOL_TRUE),
                    _ => Left::BuiltIn(from),
                };
                let plan = self.plans.conversion(self.catalogue, left, to);
                let reason = Stop::Unsaid(usize::MAX);
                self.candidates(&plan, to, &Source::BuiltIn { ty: from, bytes }, reason, out)
            }
        }
    }

    fn vector<'s>(&self, from: Ty, to: Ty, reader: &mut Reader<'s>, out: &mut Output<'s>) -> Result<()> {
        let id = reader.take(4)?;
        if id != VECTOR.to_le_bytes() {
            return Err(DecodeError::UnexpectedConstructor { id: reader_id(id) }.into());
        }
        out.keep(id);
        self.items(from, to, reader, out)
    }

    fn items<'s>(&self, from: Ty, to: Ty, reader: &mut Reader<'s>, out: &mut Output<'s>) -> Result<()> {
        let (at, start) = (out.len(), reader.clone());
        let count = reader.count(4)?;
        out.keep(start.clone().take(4)?);
        let mut dropped = 0_u32;
        deeper(reader, |reader| {
            for _ in 0..count {
                let (mark, start) = (out.mark(), reader.clone());
                match self.convert(from, to, reader, out) {
                    Err(Stop::Dropped(_)) => {
                        out.back_to(mark);
                        *reader = start;
                        self.span(from, reader)?;
                        dropped += 1;
                    }
                    outcome => outcome?,
                }
            }
            Ok(())
        })?;
        if dropped > 0 {
            out.patch(at, (count as u32).saturating_sub(dropped));
        }
        Ok(())
    }

    fn boxed<'s>(&self, to: Ty, reader: &mut Reader<'s>, out: &mut Output<'s>) -> Result<()> {
        deeper(reader, |reader| {
            let start = reader.clone();
            let id = reader.u32()?;
            match id {
                BOOL_TRUE | BOOL_FALSE => {
                    out.keep(start.clone().take(4)?);
                    return Ok(());
                }
                VECTOR => {
                    // A vector of an unknown type: objects, since numbers have a method that says so.
                    out.keep(start.clone().take(4)?);
                    return self.items(Ty::ANY, Ty::ANY, reader, out);
                }
                _ => {}
            }
            let place = self.catalogue.by_id(id).ok_or(DecodeError::UnexpectedConstructor { id })?;
            let shape = self.shape(place)?;
            let is_own = to == Ty::ANY || to == shape.ty;
            let (direct, conversion);
            let plan = if is_own || shape.definition.kind == chappe_tl::parse::Kind::Function {
                direct = self.plans.direct(self.catalogue, place);
                direct.ok_or(Stop::Unsaid(place))?
            } else {
                conversion = self.plans.conversion(self.catalogue, Left::Shape(place), to);
                &conversion
            };
            let mut reason = Stop::Unsaid(place);
            if plan.same {
                let mark = out.mark();
                match self.same(shape, place, &start, reader, out) {
                    Err(stop @ (Stop::Unsaid(_) | Stop::Dropped(_) | Stop::Gone(_))) => {
                        reason = required(stop, place);
                        out.back_to(mark);
                        *reader = start;
                        reader.u32()?;
                    }
                    outcome => return outcome,
                }
            }
            let fields = self.fields(shape, reader)?;
            let to = if is_own { shape.ty } else { to };
            self.candidates(plan, to, &Source::Object { shape, place, fields }, reason, out)
        })
    }

    /// A constructor that keeps its id, its fields converted.
    fn same<'s>(
        &self,
        shape: &Shape,
        place: usize,
        start: &Reader<'s>,
        reader: &mut Reader<'s>,
        out: &mut Output<'s>,
    ) -> Result<()> {
        let (begin, after_id) = (out.mark(), reader.clone());
        let mut banned = Words::default();
        'again: loop {
            out.keep(start.clone().take(4)?);
            let (mut words, mut places, mut count) = (Words::default(), [0; 4], 0);
            for field in &shape.fields {
                if field.ty == Ty::FLAGS {
                    let raw = reader.take(4)?;
                    set(&mut words, count, reader_id(raw));
                    set(&mut places, count, out.len());
                    out.keep(raw);
                    count += 1;
                } else if !field.is_present(&words) {
                } else if let Some(flag) = field.flag {
                    if field.is_present(&banned) {
                        self.span(field.ty, reader)?;
                        continue;
                    }
                    let (mark, before) = (out.mark(), reader.clone());
                    match self.value(field.ty, reader, out) {
                        Ok(()) => {}
                        Err(Stop::Broken(error)) => return Err(Stop::Broken(error)),
                        // The field is left out, and with it all others of its bit.
                        Err(_) => {
                            ban(&mut banned, flag);
                            if shape.shares(field) {
                                out.back_to(begin.clone());
                                *reader = after_id.clone();
                                continue 'again;
                            }
                            out.back_to(mark);
                            *reader = before;
                            self.span(field.ty, reader)?;
                        }
                    }
                } else {
                    self.value(field.ty, reader, out).map_err(|stop| required(stop, place))?;
                }
            }
            for ((word, banned), at) in words.iter().zip(banned).zip(places) {
                if word & banned != 0 {
                    out.patch(at, word & !banned);
                }
            }
            return Ok(());
        }
    }

    /// The first candidate that can be said. If none can, what a rule said about one of them is the reason.
    fn candidates<'s>(
        &self,
        plan: &Plan,
        to: Ty,
        source: &Source<'_, 's>,
        mut reason: Stop,
        out: &mut Output<'s>,
    ) -> Result<()> {
        let place = source.place();
        for candidate in &plan.candidates {
            if let Some((field, constructor)) = &candidate.guard {
                let id = source.field(*field).and_then(|(_, bytes)| bytes.first_chunk::<4>());
                let held = id.and_then(|id| self.catalogue.by_id(u32::from_le_bytes(*id)));
                if held
                    .and_then(|held| self.catalogue.shape(held))
                    .is_none_or(|held| held.name() != constructor)
                {
                    continue;
                }
            }
            match candidate.value {
                Value::Drop => return Err(Stop::Dropped(place)),
                Value::Gone => return Err(Stop::Gone(place)),
                _ => {}
            }
            let mark = out.mark();
            match self.evaluate(&candidate.value, to, source, out) {
                Ok(true) => return Ok(()),
                Err(Stop::Broken(error)) => return Err(Stop::Broken(error)),
                outcome => {
                    if let Err(stop @ Stop::Gone(_)) = outcome {
                        reason = stop;
                    }
                    out.back_to(mark);
                }
            }
        }
        Err(reason)
    }

    /// Writes what an expression gives; false if that is nothing. A `true` is not written but answered.
    fn evaluate<'s>(
        &self,
        value: &Value,
        to: Ty,
        source: &Source<'_, 's>,
        out: &mut Output<'s>,
    ) -> Result<bool> {
        match value {
            Value::Field(field) => match source.field(*field) {
                Some((Ty::TRUE, _)) if matches!(to, Ty::TRUE | Ty::BOOL) => {
                    return Ok(write_bool(true, to, out));
                }
                Some((from, bytes)) => return self.part(from, bytes, to, out),
                None => {
                    return Ok(source.is_true_flag(*field) && to == Ty::BOOL && write_bool(false, to, out));
                }
            },
            Value::Path(path) => match self.follow(path, source)? {
                Some((from, bytes)) => return self.part(from, bytes, to, out),
                None => return Ok(false),
            },
            Value::Ratio(path, divisor) => {
                let Some((from, bytes)) = self.follow(path, source)? else { return Ok(false) };
                let ratio = number(from, bytes).and_then(|number| number.checked_div(*divisor));
                return Ok(ratio.and_then(|ratio| write_number(ratio, to, out)).is_some());
            }
            Value::Number(number) => return Ok(write_number(*number, to, out).is_some()),
            Value::Text(text) => {
                let mut writer = Writer::new();
                writer.bytes(text.as_bytes());
                out.write(&writer.finish()?);
            }
            Value::Bool(value) => return Ok(write_bool(*value, to, out)),
            Value::List(item) => {
                if let Form::Vector(_) = self.catalogue.types.form(to) {
                    out.write(&VECTOR.to_le_bytes());
                }
                let (at, mark) = (out.len(), out.mark());
                out.write(&u32::from(item.is_some()).to_le_bytes());
                if let (Some(item), Form::Vector(ty) | Form::BareVector(ty)) =
                    (item, self.catalogue.types.form(to))
                    && !self.evaluate(item, ty, source, out)?
                {
                    out.back_to(mark);
                    out.write(&0_u32.to_le_bytes());
                    debug_assert_eq!(out.len(), at + 4, "an empty vector");
                }
            }
            Value::Build(build) => self.build(build, source, out)?,
            Value::Drop => return Err(Stop::Dropped(source.place())),
            Value::Gone => return Err(Stop::Gone(source.place())),
        }
        Ok(true)
    }

    /// A part of the source as a value of the type `to`.
    fn part<'s>(&self, from: Ty, bytes: &'s [u8], to: Ty, out: &mut Output<'s>) -> Result<bool> {
        let mut reader = Reader::new(bytes);
        match (from, to) {
            (Ty::TRUE, Ty::TRUE | Ty::BOOL) => return Ok(write_bool(true, to, out)),
            (_, Ty::TRUE) => return Ok(reader.bool()?),
            _ => {}
        }
        self.convert(from, to, &mut reader, out)?;
        Ok(true)
    }

    /// The field that a path leads to; `None` if it or something on the way is absent.
    fn follow<'s>(&self, path: &[String], source: &Source<'_, 's>) -> Result<Option<(Ty, &'s [u8])>> {
        let (mut at, rest) = match (source, path.split_first()) {
            (Source::BuiltIn { ty, bytes }, _) => ((*ty, *bytes), path),
            (Source::Object { shape, .. }, Some((first, rest))) => {
                let Some(part) = shape.field(first).and_then(|field| source.field(field)) else {
                    return Ok(None);
                };
                (part, rest)
            }
            (Source::Object { .. }, None) => return Ok(None),
        };
        for name in rest {
            let (ty, bytes) = at;
            let mut reader = Reader::new(bytes);
            if let (Form::Vector(item), Ok(index)) = (self.catalogue.types.form(ty), name.parse::<usize>()) {
                reader.expect_id(VECTOR)?;
                let count = reader.count(4)?;
                if index >= count {
                    return Ok(None);
                }
                for _ in 0..index {
                    self.span(item, &mut reader)?;
                }
                at = (item, self.span(item, &mut reader)?);
                continue;
            }
            let id = reader.u32()?;
            let Some(place) = self.catalogue.by_id(id) else { return Ok(None) };
            let shape = self.shape(place)?;
            let fields = self.fields(shape, &mut reader)?;
            let source = Source::Object { shape, place, fields };
            match shape.field(name).and_then(|field| source.field(field)) {
                Some(part) => at = part,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn build<'s>(&self, build: &Build, source: &Source<'_, 's>, out: &mut Output<'s>) -> Result<()> {
        let shape = self.shape(build.shape)?;
        let begin = out.mark();
        let mut banned = Words::default();
        'again: loop {
            out.write(&shape.definition.id.to_le_bytes());
            let (mut words, mut places, mut count) = (Words::default(), [0; 4], 0);
            for param in &build.params {
                if param.ty == Ty::FLAGS {
                    set(&mut places, count, out.len());
                    out.write(&[0; 4]);
                    count += 1;
                } else if let Some(flag) = param.flag {
                    let is_banned = banned.get(flag.word).is_some_and(|word| word & flag.mask != 0);
                    if is_banned || param.ty == Ty::TRUE && param.shared {
                        continue;
                    }
                    if self.first(param, source, out)? {
                        ban(&mut words, flag);
                    } else if param.shared {
                        ban(&mut banned, flag);
                        // A field of this bit may have been written already.
                        if words.get(flag.word).is_some_and(|word| word & flag.mask != 0) {
                            out.back_to(begin.clone());
                            continue 'again;
                        }
                    }
                } else if !self.first(param, source, out)? {
                    if !param.neutral {
                        return Err(Stop::Unsaid(source.place()));
                    }
                    neutral(self.catalogue.types.form(param.ty), out);
                }
            }
            for (word, at) in words.iter().zip(places) {
                if *word != 0 {
                    out.patch(at, *word);
                }
            }
            return Ok(());
        }
    }

    /// Writes the first value of a field that can be said; false if there is none. That a field which must be there is
    /// gone is for the object to know.
    fn first<'s>(&self, param: &Param, source: &Source<'_, 's>, out: &mut Output<'s>) -> Result<bool> {
        let is_required = param.flag.is_none() && !param.neutral;
        let mut gone = None;
        for value in &param.values {
            if matches!(value, Value::Drop) {
                return Ok(false);
            }
            let mark = out.mark();
            match self.evaluate(value, param.ty, source, out) {
                Ok(true) => return Ok(true),
                Err(Stop::Broken(error)) => return Err(Stop::Broken(error)),
                outcome => {
                    gone = outcome.err().filter(|stop| is_required && matches!(stop, Stop::Gone(_))).or(gone);
                    out.back_to(mark);
                }
            }
        }
        gone.map_or(Ok(false), Err)
    }

    /// The bytes of each field of a constructor; a `true` that is set has none.
    fn fields<'s>(&self, shape: &Shape, reader: &mut Reader<'s>) -> Result<Vec<Option<&'s [u8]>>> {
        let (mut words, mut count) = (Words::default(), 0);
        let mut fields = Vec::with_capacity(shape.fields.len());
        for field in &shape.fields {
            let span = field.is_present(&words).then(|| self.span(field.ty, reader)).transpose()?;
            if let (Ty::FLAGS, Some(raw)) = (field.ty, span) {
                set(&mut words, count, reader_id(raw));
                count += 1;
            }
            fields.push(span);
        }
        Ok(fields)
    }

    /// Steps over a value.
    fn span<'s>(&self, ty: Ty, reader: &mut Reader<'s>) -> Result<&'s [u8]> {
        let all = reader.rest();
        self.skip(ty, reader)?;
        Ok(all.get(..all.len() - reader.remaining()).unwrap_or_default())
    }

    fn skip(&self, ty: Ty, reader: &mut Reader<'_>) -> Result<()> {
        match self.catalogue.types.form(ty) {
            Form::Fixed(len) => _ = reader.take(len)?,
            Form::Bytes => _ = reader.bytes()?,
            Form::Bool => _ = reader.bool()?,
            Form::True => {}
            Form::Vector(item) => {
                reader.expect_id(VECTOR)?;
                self.skip_items(item, reader)?;
            }
            Form::BareVector(item) => self.skip_items(item, reader)?,
            Form::Boxed => deeper(reader, |reader| {
                let id = reader.u32()?;
                match id {
                    BOOL_TRUE | BOOL_FALSE => Ok(()),
                    VECTOR => self.skip_items(Ty::ANY, reader),
                    _ => {
                        let place =
                            self.catalogue.by_id(id).ok_or(DecodeError::UnexpectedConstructor { id })?;
                        self.skip_fields(self.shape(place)?, reader)
                    }
                }
            })?,
        }
        Ok(())
    }

    fn skip_items(&self, item: Ty, reader: &mut Reader<'_>) -> Result<()> {
        let count = reader.count(4)?;
        deeper(reader, |reader| (0..count).try_for_each(|_| self.skip(item, reader)))
    }

    fn skip_fields(&self, shape: &Shape, reader: &mut Reader<'_>) -> Result<()> {
        let (mut words, mut count) = (Words::default(), 0);
        for field in &shape.fields {
            if field.ty == Ty::FLAGS {
                set(&mut words, count, reader.u32()?);
                count += 1;
            } else if field.is_present(&words) {
                self.skip(field.ty, reader)?;
            }
        }
        Ok(())
    }
}

impl<'s> Source<'_, 's> {
    fn place(&self) -> usize {
        match self {
            Self::Object { place, .. } => *place,
            Self::BuiltIn { .. } => usize::MAX,
        }
    }

    fn field(&self, field: usize) -> Option<(Ty, &'s [u8])> {
        match self {
            Self::Object { shape, fields, .. } => Some((shape.fields.get(field)?.ty, (*fields.get(field)?)?)),
            Self::BuiltIn { ty, bytes } => Some((*ty, bytes)),
        }
    }

    fn is_true_flag(&self, field: usize) -> bool {
        match self {
            Self::Object { shape, .. } => shape.fields.get(field).is_some_and(|field| field.ty == Ty::TRUE),
            Self::BuiltIn { .. } => false,
        }
    }
}

/// What a field that must be there does to the object that has it: without the field, it cannot be said either.
fn required(stop: Stop, place: usize) -> Stop {
    match stop {
        Stop::Unsaid(_) | Stop::Dropped(_) => Stop::Unsaid(place),
        Stop::Gone(_) | Stop::Broken(_) => stop,
    }
}

/// Bounds the depth as the reader does, for our own error type.
fn deeper<'s>(reader: &mut Reader<'s>, read: impl FnOnce(&mut Reader<'s>) -> Result<()>) -> Result<()> {
    let mut outcome = Ok(());
    reader.nested(|reader| {
        outcome = read(reader);
        Ok(())
    })?;
    outcome
}

fn set<T>(words: &mut [T; 4], at: usize, value: T) {
    if let Some(word) = words.get_mut(at) {
        *word = value;
    }
}

fn ban(words: &mut Words, flag: crate::catalogue::Flag) {
    if let Some(word) = words.get_mut(flag.word) {
        *word |= flag.mask;
    }
}

fn reader_id(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// A number of any width; fractions are cut off.
fn number(ty: Ty, bytes: &[u8]) -> Option<i64> {
    match ty {
        Ty::INT => Some(i64::from(i32::from_le_bytes(bytes.try_into().ok()?))),
        Ty::LONG => Some(i64::from_le_bytes(bytes.try_into().ok()?)),
        Ty::DOUBLE => Some(f64::from_le_bytes(bytes.try_into().ok()?) as i64),
        _ => None,
    }
}

fn write_number(number: i64, to: Ty, out: &mut Output<'_>) -> Option<()> {
    match to {
        Ty::INT => out.write(&i32::try_from(number).ok()?.to_le_bytes()),
        Ty::LONG => out.write(&number.to_le_bytes()),
        Ty::DOUBLE => out.write(&(number as f64).to_le_bytes()),
        _ => return None,
    }
    Some(())
}

/// Whether there is something now: a `true` is there or not, a `Bool` always.
fn write_bool(value: bool, to: Ty, out: &mut Output<'_>) -> bool {
    if to == Ty::TRUE {
        return value;
    }
    out.write(&if value { BOOL_TRUE } else { BOOL_FALSE }.to_le_bytes());
    true
}

/// What stands for a field that the source does not have.
fn neutral(form: Form, out: &mut Output<'_>) {
    match form {
        Form::Fixed(len) => out.write([0; 32].get(..len).unwrap_or_default()),
        Form::Bytes | Form::BareVector(_) => out.write(&[0; 4]),
        Form::Bool => _ = write_bool(false, Ty::BOOL, out),
        Form::Vector(_) => {
            out.write(&VECTOR.to_le_bytes());
            out.write(&[0; 4]);
        }
        Form::True | Form::Boxed => {}
    }
}
