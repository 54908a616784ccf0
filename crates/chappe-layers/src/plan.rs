//! What becomes of each constructor in one layer, worked out from names, types and rules when it is first needed.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use chappe_tl::parse::{Kind, Type};

use crate::catalogue::{Catalogue, Flag, LayerIndex, Shape};
use crate::rules::{Conversion, Expr, Rule};
use crate::types::{Form, Ty};

/// What becomes of a constructor, or of a value whose type changed.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The layer has it under the same id: it is copied, its fields converted.
    pub(crate) same: bool,
    /// What is tried, in this order, if that is not so or a field cannot be said.
    pub(crate) candidates: Vec<Candidate>,
}

#[derive(Debug)]
pub(crate) struct Candidate {
    /// The field of the source, and the name of the constructor that it must hold.
    pub(crate) guard: Option<(usize, String)>,
    pub(crate) value: Value,
    /// It comes from the rule of a type: what is lost, is lost.
    pub(crate) is_fallback: bool,
}

/// Where a value comes from.
#[derive(Debug)]
pub(crate) enum Value {
    /// A field of the source, by its place.
    Field(usize),
    /// A field of a field; of a built-in value, the value itself.
    Path(Vec<String>),
    Number(i64),
    Text(String),
    Bool(bool),
    List(Option<Box<Value>>),
    Ratio(Vec<String>, i64),
    Build(Build),
    Drop,
    Gone,
}

/// A constructor of the target layer and where its fields come from.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) shape: usize,
    pub(crate) params: Vec<Param>,
}

#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) ty: Ty,
    pub(crate) flag: Option<Flag>,
    /// Tried in this order.
    pub(crate) values: Vec<Value>,
    /// Zero or empty will do if none of them can be said.
    pub(crate) neutral: bool,
    /// Other fields that have bytes share its bit: all of them are there, or none.
    pub(crate) shared: bool,
}

/// The left side of a conversion between types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Left {
    Shape(usize),
    BuiltIn(Ty),
    Bool(bool),
}

/// The plans of one target layer.
#[derive(Debug)]
pub(crate) struct Plans {
    pub(crate) index: LayerIndex,
    direct: Vec<OnceLock<Plan>>,
    conversions: RwLock<HashMap<(Left, Ty), Arc<Plan>>>,
}

impl Plans {
    pub(crate) fn new(catalogue: &Catalogue, layer: i32) -> Self {
        let direct = (0..catalogue.len()).map(|_| OnceLock::new()).collect();
        Self { index: catalogue.index(layer), direct, conversions: RwLock::default() }
    }

    /// What becomes of a constructor where its own type is expected.
    pub(crate) fn direct(&self, catalogue: &Catalogue, shape: usize) -> Option<&Plan> {
        let plan = self.direct.get(shape)?;
        Some(
            plan.get_or_init(|| Compiler { catalogue, index: &self.index }.direct(shape).unwrap_or_default()),
        )
    }

    /// What becomes of a value where the type `to` is expected, which is not its own.
    pub(crate) fn conversion(&self, catalogue: &Catalogue, left: Left, to: Ty) -> Arc<Plan> {
        let key = (left, to);
        let known = self.conversions.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let plan = Arc::new(Compiler { catalogue, index: &self.index }.conversion(left, to));
            let mut conversions = self.conversions.write().unwrap_or_else(PoisonError::into_inner);
            conversions.insert(key, Arc::clone(&plan));
            plan
        })
    }
}

#[derive(Clone, Copy)]
struct Compiler<'a> {
    catalogue: &'a Catalogue,
    index: &'a LayerIndex,
}

impl Compiler<'_> {
    fn direct(&self, source: usize) -> Option<Plan> {
        let shape = self.catalogue.shape(source)?;
        let kind = shape.definition.kind;
        let counterpart = self.index.named(kind, shape.name());
        let mut plan = Plan { same: counterpart == Some(source), candidates: Vec::new() };
        if kind == Kind::Type && counterpart.is_none() && self.index.of_type(shape.ty).is_empty() {
            // Who asks for a type that the layer does not have knows it from a newer one.
            plan.same = true;
        }
        let own = self.catalogue.rules.of(shape.name());
        let fallbacks = match kind {
            Kind::Type => self.catalogue.rules.of(&self.catalogue.types.name(shape.ty)),
            Kind::Function => &[],
        };
        plan.candidates.extend(own.iter().filter_map(|rule| self.candidate(rule, shape, shape.ty)));
        if let Some(target) = counterpart
            && let Some(build) = self.build(target, &[], Some(shape), true)
        {
            plan.candidates.push(Candidate { guard: None, value: Value::Build(build), is_fallback: false });
        }
        let fallbacks = fallbacks.iter().filter_map(|rule| self.candidate(rule, shape, shape.ty));
        plan.candidates.extend(fallbacks.map(|candidate| Candidate { is_fallback: true, ..candidate }));
        Some(plan)
    }

    fn conversion(&self, left: Left, to: Ty) -> Plan {
        let types = &self.catalogue.types;
        let shape = match left {
            Left::Shape(shape) => self.catalogue.shape(shape),
            Left::BuiltIn(_) | Left::Bool(_) => None,
        };
        let names = match (left, shape) {
            (Left::Bool(value), _) => {
                [format!("bool{}", if value { "True" } else { "False" }), "Bool".to_owned()]
            }
            (Left::BuiltIn(ty), _) => [types.name(ty), String::new()],
            (Left::Shape(_), Some(shape)) => [shape.name().to_owned(), types.name(shape.ty)],
            (Left::Shape(_), None) => return Plan::default(),
        };
        let rules = self.catalogue.rules.conversions(&types.name(to)).iter();
        let rules = rules.filter(|conversion| names.contains(&conversion.left));
        let candidates = rules.filter_map(|conversion| {
            let Conversion { rule, .. } = conversion;
            match shape {
                Some(shape) => self.candidate(rule, shape, to),
                None => {
                    let value = self.value(&rule.expr, None, to)?;
                    Some(Candidate { guard: None, value, is_fallback: true })
                }
            }
        });
        Plan { same: false, candidates: candidates.collect() }
    }

    fn candidate(&self, rule: &Rule, source: &Shape, to: Ty) -> Option<Candidate> {
        let guard = match &rule.guard {
            Some((field, constructor)) => Some((source.field(field)?, constructor.clone())),
            None => None,
        };
        Some(Candidate { guard, value: self.value(&rule.expr, Some(source), to)?, is_fallback: false })
    }

    /// The expression as a value of the type `to`; `None` if this layer or this source has not what it names.
    fn value(&self, expr: &Expr, source: Option<&Shape>, to: Ty) -> Option<Value> {
        let form = self.catalogue.types.form(to);
        Some(match expr {
            Expr::Build(name, fields) => {
                let kind = source.map_or(Kind::Type, |source| source.definition.kind);
                let of = |kind| self.index.named(kind, name);
                let shape = of(kind).or_else(|| of(Kind::Type))?;
                Value::Build(self.build(shape, fields, source, false)?)
            }
            Expr::Path(path) => self.path(path, source, to)?,
            Expr::Ratio(path, divisor) => {
                self.path(path, source, to)?;
                Value::Ratio(path.clone(), *divisor)
            }
            Expr::Number(number) => match to {
                Ty::INT | Ty::LONG | Ty::DOUBLE => Value::Number(*number),
                _ => return None,
            },
            Expr::Text(text) => (form == Form::Bytes).then(|| Value::Text(text.clone()))?,
            Expr::Bool(value) => matches!(form, Form::Bool | Form::True).then_some(Value::Bool(*value))?,
            Expr::List(item) => {
                let (Form::Vector(item_ty) | Form::BareVector(item_ty)) = form else { return None };
                let item = match item {
                    Some(item) => Some(Box::new(self.value(item, source, item_ty)?)),
                    None => None,
                };
                Value::List(item)
            }
            Expr::Drop => Value::Drop,
            Expr::Gone => Value::Gone,
            Expr::Ignore => return None,
        })
    }

    fn path(&self, path: &[String], source: Option<&Shape>, to: Ty) -> Option<Value> {
        let Some(shape) = source else {
            return path.is_empty().then(|| Value::Path(Vec::new()));
        };
        let (first, rest) = path.split_first()?;
        let field = shape.field(first)?;
        let mut ty = shape.fields.get(field)?.ty;
        for part in rest {
            ty = self.step(ty, part)?;
        }
        let fits = self.converts(ty, to);
        fits.then(|| if rest.is_empty() { Value::Field(field) } else { Value::Path(path.to_vec()) })
    }

    /// The type of a field of any constructor of a type, or of an item of a vector.
    fn step(&self, ty: Ty, part: &str) -> Option<Ty> {
        if let Form::Vector(item) = self.catalogue.types.form(ty) {
            return part.parse::<usize>().is_ok().then_some(item);
        }
        let of_type = self.catalogue.shapes().filter(|shape| shape.ty == ty);
        let mut found = of_type.filter_map(|shape| shape.fields.get(shape.field(part)?));
        found.next().map(|field| field.ty)
    }

    fn build(
        &self,
        target: usize,
        fields: &[(String, Expr)],
        source: Option<&Shape>,
        by_name: bool,
    ) -> Option<Build> {
        let shape = self.catalogue.shape(target)?;
        if !fields.iter().all(|(name, _)| shape.field(name).is_some()) {
            return None;
        }
        let mut params = Vec::with_capacity(shape.fields.len());
        for field in &shape.fields {
            let mut values = Vec::new();
            if let Some((_, expr)) = fields.iter().find(|(name, _)| *name == field.name) {
                values.push(self.value(expr, source, field.ty)?);
            } else if field.ty != Ty::FLAGS {
                let (same, ty) = source.map_or((None, field.ty), |source| self.of_name(&field.name, source));
                let same = same.filter(|_| self.converts(ty, field.ty)).map(Value::Field);
                let rules = self.catalogue.rules.field(shape.name(), &field.name).iter();
                values.extend(rules.filter_map(|expr| self.value(expr, source, field.ty)));
                // A rule knows better than a conversion of types, but not better than the field itself.
                let place = if ty == field.ty { 0 } else { values.len() };
                same.into_iter().for_each(|same| values.insert(place, same));
            }
            let neutral = by_name && field.flag.is_none() && is_plain(self.catalogue.types.form(field.ty));
            if values.is_empty() && field.flag.is_none() && field.ty != Ty::FLAGS && !neutral {
                return None;
            }
            params.push(Param {
                ty: field.ty,
                flag: field.flag,
                values,
                neutral,
                shared: shape.shares(field),
            });
        }
        Some(Build { shape: target, params })
    }

    /// The field of the source that has a name, and its type.
    fn of_name(&self, name: &str, source: &Shape) -> (Option<usize>, Ty) {
        let place = source.field(name);
        (place, place.and_then(|place| source.fields.get(place)).map_or(Ty::ANY, |field| field.ty))
    }

    /// Whether values of one type can become values of another.
    fn converts(&self, from: Ty, to: Ty) -> bool {
        let types = &self.catalogue.types;
        from == to
            || match (types.form(from), types.form(to)) {
                (Form::Vector(from), Form::Vector(to)) => self.converts(from, to),
                (Form::Bool | Form::True, Form::Bool | Form::True) => true,
                (Form::Fixed(4 | 8), Form::Fixed(4 | 8)) => from != Ty::FLAGS && to != Ty::FLAGS,
                _ => self.has_conversion(from, to),
            }
    }

    fn has_conversion(&self, from: Ty, to: Ty) -> bool {
        let rules = self.catalogue.rules.conversions(&self.catalogue.types.name(to));
        let from_name = self.catalogue.types.name(from);
        let is_of_type = |name: &str| {
            let mut named = self.catalogue.shapes().filter(|shape| shape.name() == name);
            named.any(|shape| shape.ty == from)
        };
        let is_bool = |name: &str| from == Ty::BOOL && matches!(name, "boolTrue" | "boolFalse");
        rules.iter().any(|rule| rule.left == from_name || is_of_type(&rule.left) || is_bool(&rule.left))
    }
}

/// Whether a type has a value that says nothing: zero, false or empty.
fn is_plain(form: Form) -> bool {
    !matches!(form, Form::Boxed)
}

/// The type of this name, for the roots of checks.
pub(crate) fn type_named(catalogue: &Catalogue, name: &str) -> Option<Ty> {
    catalogue.types.find(&Type::Boxed(name.to_owned()))
}
