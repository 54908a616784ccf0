//! The changes between the layers, held against the rules: whatever is neither the same, nor matched by name and type,
//! nor covered by a rule is listed here. The list has to be empty.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use chappe_tl::parse::Kind;

use crate::catalogue::{Catalogue, LayerIndex, Shape};
use crate::plan::{Build, Left, Param, Plan, Plans, Value};
use crate::rules::Expr;
use crate::types::{Form, Ty};
use crate::{Layers, NEWEST};

/// A change that nothing covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The way in which it is met.
    pub direction: Direction,
    /// The constructor or method.
    pub name: String,
    /// What is missing.
    pub problem: String,
}

/// The way between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Results and updates, to an older layer.
    Down,
    /// Queries, from an older layer.
    Up,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Down => "down",
            Direction::Up => "up",
        };
        write!(f, "{direction} {}: {}", self.name, self.problem)
    }
}

/// All changes that nothing covers, with the observed layers that they concern.
pub fn unhandled(layers: &Layers) -> BTreeMap<Change, BTreeSet<i32>> {
    let mut changes: BTreeMap<Change, BTreeSet<i32>> = BTreeMap::new();
    let newest = layers.plans(NEWEST);
    for &layer in layers.observed().iter().filter(|layer| **layer < NEWEST) {
        let plans = layers.plans(layer);
        let catalogue = &layers.catalogue;
        let down = Check { catalogue, plans: &plans, source: &newest.index, direction: Direction::Down };
        let up = Check { catalogue, plans: &newest, source: &plans.index, direction: Direction::Up };
        let results: Vec<(usize, Ty, Ty)> = plans
            .index
            .functions()
            .filter_map(|method| {
                let id = catalogue.shape(method)?.definition.id;
                layers.result_types(id).map(|(from, to)| (method, from, to))
            })
            .collect();
        for change in down.results(&results).into_iter().chain(up.queries()) {
            changes.entry(change).or_default().insert(layer);
        }
    }
    changes
}

/// How sure it is that a constructor can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Always, or a rule says that it is known not to be.
    Said,
    /// A rule may leave it out of what holds it.
    Dropped,
    /// Not always, and nothing says what then.
    Open,
}

type Outcomes = HashMap<usize, Outcome>;

struct Check<'a> {
    catalogue: &'a Catalogue,
    plans: &'a Plans,
    /// The layer that the values come from.
    source: &'a LayerIndex,
    direction: Direction,
}

impl<'a> Check<'a> {
    fn change(&self, shape: &Shape, problem: String) -> Change {
        Change { direction: self.direction, name: shape.name().to_owned(), problem }
    }

    fn shapes(&self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = (usize, &'a Shape)> {
        places.into_iter().filter_map(|place| Some((place, self.catalogue.shape(place)?)))
    }

    fn results(&self, results: &[(usize, Ty, Ty)]) -> Vec<Change> {
        let updates = crate::plan::type_named(self.catalogue, "Updates");
        let roots = results.iter().map(|(_, from, _)| *from).chain(updates);
        let places = self.reachable(roots);
        let outcomes = self.outcomes(&places);
        let mut changes = self.gaps(&places, &outcomes);
        for &(method, from, to) in results {
            if let Some(shape) = self.catalogue.shape(method)
                && !self.part_is_said(from, to, &outcomes)
            {
                let names = (self.catalogue.types.name(from), self.catalogue.types.name(to));
                changes.push(
                    self.change(
                        shape,
                        format!("its result {} cannot always be said as {}", names.0, names.1),
                    ),
                );
            }
        }
        if updates.is_some_and(|updates| !self.part_is_said(updates, updates, &outcomes)) {
            let problem = "updates cannot always be said".to_owned();
            changes.push(Change { direction: self.direction, name: "Updates".to_owned(), problem });
        }
        changes
    }

    fn queries(&self) -> Vec<Change> {
        let methods: BTreeSet<usize> = self.source.functions().collect();
        let params = self
            .shapes(methods.iter().copied())
            .flat_map(|(_, shape)| shape.fields.iter().map(|field| field.ty));
        let mut places = self.reachable(params.collect::<Vec<_>>());
        places.extend(&methods);
        let outcomes = self.outcomes(&places);
        let mut changes = self.gaps(&places, &outcomes);
        for (place, shape) in self.shapes(methods) {
            if outcomes.get(&place) != Some(&Outcome::Said) {
                changes.push(self.change(shape, "a query cannot always be said".to_owned()));
            }
        }
        changes
    }

    /// All constructors of the source that can occur in values of these types.
    fn reachable(&self, roots: impl IntoIterator<Item = Ty>) -> BTreeSet<usize> {
        let (mut open, mut places): (Vec<Ty>, _) = (roots.into_iter().collect(), BTreeSet::new());
        while let Some(ty) = open.pop() {
            if let Form::Vector(item) | Form::BareVector(item) = self.catalogue.types.form(ty) {
                open.push(item);
            }
            for (place, shape) in self.shapes(self.source.of_type(ty).iter().copied()) {
                if places.insert(place) {
                    open.extend(shape.fields.iter().map(|field| field.ty));
                }
            }
        }
        places
    }

    /// What can be said, from the assumption that everything can until something speaks against it.
    fn outcomes(&self, places: &BTreeSet<usize>) -> Outcomes {
        let mut outcomes: Outcomes = places.iter().map(|place| (*place, Outcome::Said)).collect();
        loop {
            let mut has_changed = false;
            for (place, shape) in self.shapes(places.iter().copied()) {
                let Some(plan) = self.plans.direct(self.catalogue, place) else { continue };
                let outcome = self.outcome(plan, shape, &outcomes);
                has_changed |= outcomes.insert(place, outcome) != Some(outcome);
            }
            if !has_changed {
                return outcomes;
            }
        }
    }

    fn outcome(&self, plan: &Plan, shape: &Shape, outcomes: &Outcomes) -> Outcome {
        let required = shape.fields.iter().filter(|field| field.flag.is_none());
        if plan.same && required.into_iter().all(|field| self.part_is_said(field.ty, field.ty, outcomes)) {
            return Outcome::Said;
        }
        for candidate in plan.candidates.iter().filter(|candidate| candidate.guard.is_none()) {
            match &candidate.value {
                Value::Drop => return Outcome::Dropped,
                // The type is that of the rule's left side, which the compiler has seen to.
                value if self.value_is_said(value, Ty::ANY, Some(shape), outcomes) => return Outcome::Said,
                _ => {}
            }
        }
        Outcome::Open
    }

    fn value_is_said(&self, value: &Value, to: Ty, source: Option<&Shape>, outcomes: &Outcomes) -> bool {
        match value {
            Value::Field(field) => {
                let Some(field) = source.and_then(|source| source.fields.get(*field)) else { return false };
                match field.ty {
                    Ty::TRUE => to == Ty::BOOL || to == Ty::TRUE,
                    ty => field.flag.is_none() && (to == Ty::ANY || self.part_is_said(ty, to, outcomes)),
                }
            }
            Value::Path(path) => source.is_none_or(|source| self.path_is_there(path, source)),
            Value::Ratio(..) => false,
            Value::Number(_) | Value::Text(_) | Value::Bool(_) | Value::List(None) | Value::Gone => true,
            Value::List(Some(item)) => self.value_is_said(item, Ty::ANY, source, outcomes),
            Value::Build(build) => build.params.iter().all(|param| {
                let is_said = |value| self.value_is_said(value, param.ty, source, outcomes);
                param.flag.is_some()
                    || param.ty == Ty::FLAGS
                    || param.neutral
                    || param.values.iter().any(is_said)
            }),
            Value::Drop => false,
        }
    }

    /// Whether every step of a path is there in every value.
    fn path_is_there(&self, path: &[String], source: &Shape) -> bool {
        let required = |shape: &Shape, name: &str| {
            let field = shape.fields.get(shape.field(name)?)?;
            field.flag.is_none().then_some(field.ty)
        };
        let Some((first, rest)) = path.split_first() else { return true };
        let mut at = required(source, first);
        for part in rest {
            let Some(ty) = at else { return false };
            let mut types =
                self.shapes(self.source.of_type(ty).iter().copied()).map(|(_, shape)| required(shape, part));
            let found = types.next().flatten();
            at = found.filter(|_| types.all(|ty| ty.is_some()));
        }
        at.is_some()
    }

    /// Whether every value of one type can be said as the other.
    fn part_is_said(&self, from: Ty, to: Ty, outcomes: &Outcomes) -> bool {
        let (from_form, to_form) = (self.catalogue.types.form(from), self.catalogue.types.form(to));
        match (from_form, to_form) {
            (Form::Vector(from), Form::Vector(to)) | (Form::BareVector(from), Form::BareVector(to)) => {
                self.item_is_said(from, to, outcomes)
            }
            (Form::Boxed, _) => self.constructors(from, to, outcomes).all(|outcome| outcome == Outcome::Said),
            (Form::Fixed(4 | 8), Form::Fixed(4 | 8)) => true,
            _ if from == to => true,
            _ => {
                let lefts = match from {
                    Ty::BOOL => vec![Left::Bool(true), Left::Bool(false)],
                    _ => vec![Left::BuiltIn(from)],
                };
                lefts.into_iter().all(|left| {
                    let plan = self.plans.conversion(self.catalogue, left, to);
                    plan.candidates
                        .iter()
                        .any(|candidate| self.value_is_said(&candidate.value, to, None, outcomes))
                })
            }
        }
    }

    fn item_is_said(&self, from: Ty, to: Ty, outcomes: &Outcomes) -> bool {
        match self.catalogue.types.form(from) {
            Form::Boxed => self.constructors(from, to, outcomes).all(|outcome| outcome != Outcome::Open),
            _ => self.part_is_said(from, to, outcomes),
        }
    }

    /// What becomes of each constructor of a type where another is expected.
    fn constructors(&self, from: Ty, to: Ty, outcomes: &Outcomes) -> impl Iterator<Item = Outcome> {
        self.shapes(self.source.of_type(from).iter().copied()).map(move |(place, shape)| {
            if from == to || to == Ty::ANY {
                return outcomes.get(&place).copied().unwrap_or(Outcome::Said);
            }
            let plan = self.plans.conversion(self.catalogue, Left::Shape(place), to);
            let mut unguarded = plan.candidates.iter().filter(|candidate| candidate.guard.is_none());
            let found = unguarded.find_map(|candidate| match &candidate.value {
                Value::Drop => Some(Outcome::Dropped),
                value => self.value_is_said(value, to, Some(shape), outcomes).then_some(Outcome::Said),
            });
            found.unwrap_or(Outcome::Open)
        })
    }

    fn gaps(&self, places: &BTreeSet<usize>, outcomes: &Outcomes) -> Vec<Change> {
        let mut changes = Vec::new();
        // Nothing of an older layer holds a type that it does not have.
        let has_type = |shape: &Shape| !self.plans.index.of_type(shape.ty).is_empty();
        for (place, shape) in self.shapes(places.iter().copied()) {
            let Some(plan) = self.plans.direct(self.catalogue, place) else { continue };
            if !plan.same && plan.candidates.is_empty() {
                changes.push(self.change(shape, "no counterpart, no rule and no fallback".to_owned()));
            } else if outcomes.get(&place) == Some(&Outcome::Open) && has_type(shape) {
                changes.push(self.change(shape, "cannot always be said".to_owned()));
            }
            if plan.same {
                continue;
            }
            for candidate in plan.candidates.iter().take_while(|candidate| !candidate.is_fallback) {
                let Value::Build(build) = &candidate.value else { break };
                let problems = self.problems(build, shape);
                changes.extend(problems.into_iter().map(|problem| self.change(shape, problem)));
                if candidate.guard.is_none()
                    && self.value_is_said(&candidate.value, shape.ty, Some(shape), outcomes)
                {
                    break;
                }
            }
        }
        changes
    }

    /// What a projection leaves to chance.
    fn problems(&self, build: &Build, source: &Shape) -> Vec<String> {
        let Some(target) = self.catalogue.shape(build.shape) else { return Vec::new() };
        let mut problems = Vec::new();
        for (param, field) in build.params.iter().zip(&target.fields) {
            let same = source.field(&field.name).and_then(|place| source.fields.get(place));
            let is_certain = |value: &Value| match value {
                Value::Field(place) => source.fields.get(*place).is_some_and(|found| {
                    found.flag.is_none() || found.ty == Ty::TRUE || found.name != field.name
                }),
                _ => true,
            };
            if param.neutral && param.ty != Ty::FLAGS && !param.values.iter().any(is_certain) {
                problems.push(format!("{} is demanded, and no rule gives it", field.name));
            } else if param.values.is_empty()
                && let Some(same) = same
                && self.catalogue.types.form(same.ty) != Form::True
            {
                let types = (self.catalogue.types.name(same.ty), self.catalogue.types.name(field.ty));
                problems.push(format!(
                    "{} was {} and is {}, and no rule converts it",
                    field.name, types.0, types.1
                ));
            }
        }
        if self.direction == Direction::Up {
            problems.extend(self.lost(build, source));
        }
        problems
    }

    /// Fields of an older layer's query that the newest layer would not see.
    fn lost(&self, build: &Build, source: &Shape) -> Vec<String> {
        let mut used = BTreeSet::new();
        build.params.iter().for_each(|param| note_used(param, source, &mut used));
        let is_lost = |place: &usize| {
            let Some(field) = source.fields.get(*place) else { return false };
            let rules = self.catalogue.rules.field(source.name(), &field.name);
            !matches!(field.ty, Ty::FLAGS | Ty::TRUE) && !rules.contains(&Expr::Ignore)
        };
        let lost = (0..source.fields.len()).filter(|place| !used.contains(place)).filter(is_lost);
        let name = |place: usize| source.fields.get(place).map(|field| format!("{} is lost", field.name));
        lost.filter_map(name).collect()
    }
}

fn note_used(param: &Param, source: &Shape, used: &mut BTreeSet<usize>) {
    param.values.iter().for_each(|value| note_value(value, source, used));
}

fn note_value(value: &Value, source: &Shape, used: &mut BTreeSet<usize>) {
    match value {
        Value::Field(place) => _ = used.insert(*place),
        Value::Path(path) | Value::Ratio(path, _) => {
            used.extend(path.first().and_then(|first| source.field(first)));
        }
        Value::List(Some(item)) => note_value(item, source, used),
        Value::Build(build) => build.params.iter().for_each(|param| note_used(param, source, used)),
        _ => {}
    }
}

/// How many constructors and methods of each observed layer are not those of the newest.
pub fn summary(layers: &Layers) -> Vec<(i32, usize, usize)> {
    let newest = layers.plans(NEWEST);
    let of = |layer: i32| {
        let index = layers.catalogue.index(layer);
        let differs = |kind: Kind, place: usize| {
            let name = layers.catalogue.shape(place).map(|shape| shape.name().to_owned()).unwrap_or_default();
            newest.index.named(kind, &name) != Some(place)
        };
        let constructors = index.constructors().filter(|place| differs(Kind::Type, *place)).count();
        let methods = index.functions().filter(|place| differs(Kind::Function, *place)).count();
        (layer, constructors, methods)
    };
    layers.observed().iter().map(|layer| of(*layer)).collect()
}
