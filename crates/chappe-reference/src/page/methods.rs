//! Pages of methods.

use chappe_tl::parse::Parameter;

use super::uses::{fields, named};
use super::{
    Catalogue, ErrorRow, ExampleTab, FlowPlace, FlowStep, Link, MethodPage, NoExample, TypeUses, Words,
    annotate, method_path,
};
use crate::examples::{self, Example, Language, Run};
use crate::model::{Callers, Layers, Method, Origin};
use crate::prose::{Flow, MethodProse};

/// How many other users of a type a page lists.
const MAX_USES: usize = 8;

impl Catalogue<'_> {
    /// The page of a method.
    pub fn method(&self, method: &Method) -> MethodPage {
        let (origin, name, definition) = (method.origin, method.name(), &method.definition);
        let path = method_path(method);
        let examples = examples::for_method(self.model, method);
        let none = MethodProse::default();
        let prose = self.prose.method(name).unwrap_or(&none);
        let others = self.descriptions.and_then(|it| it.method(name));
        let meaning = |param: &Parameter| -> Option<Words> {
            let ours = self.maybe_words(self.prose.parameter(method, param), &path);
            ours.or_else(|| others.and_then(|it| it.field(&param.name)))
        };
        let summary = self.maybe_words(prose.summary.as_ref(), &path);
        let result_type = named(&definition.ty).and_then(|name| self.model.type_info(origin, &name));
        let constructors = result_type.map(|ty| self.model.constructors_of(ty));
        MethodPage {
            // Libraries have no classes for what lies below the API.
            class_name: if origin == Origin::Api { class_name(name) } else { name.to_owned() },
            schema: origin.word(),
            id: format!("{:08x}", definition.id),
            tl: self.tl(origin, definition),
            summary: summary.or_else(|| others.and_then(|it| it.text())),
            description: self.maybe_words(prose.description.as_ref(), &path),
            callers: match method.callers {
                Callers::Users => "users",
                Callers::Bots => "bots",
                Callers::Both => "both",
                Callers::Unknown => "unknown",
            },
            params: self.params(origin, definition, meaning),
            result: self.type_ref(origin, &definition.ty),
            result_meaning: self.maybe_words(prose.result.as_ref(), &path),
            result_constructors: constructors.into_iter().flatten().map(|it| self.brief(it, &path)).collect(),
            examples: examples
                .into_iter()
                .map(|example| tab(example, |error| self.error_link(error)))
                .collect(),
            no_examples: examples::missing(method).into_iter().map(no_example).collect(),
            bytes: examples::request(self.model, method).and_then(|call| annotate(&call)).unwrap_or_default(),
            errors: self.error_rows(method, prose, &path),
            layers: method.layers.as_ref().map(Layers::in_words),
            history: self.history(origin, &method.other_shapes, definition),
            served: method.served,
            flows: self.prose.flows().iter().filter_map(|flow| self.flow_place(flow, name)).collect(),
            uses: self.type_uses(method),
            related: self.related(&prose.related, &path),
            name: name.to_owned(),
            path,
        }
    }

    fn error_rows(&self, method: &Method, prose: &MethodProse, own: &str) -> Vec<ErrorRow> {
        let listed = method.errors.iter().map(|error| (error.code, &*error.name));
        // What we say of errors that the table has not.
        let more = prose.errors.keys().filter(|name| !method.errors.iter().any(|error| error.name == **name));
        let more = more.filter_map(|name| {
            let error = self.model.error(name)?;
            Some((*error.codes.first()?, &**name))
        });
        let mut rows: Vec<(i32, &str)> = listed.chain(more).collect();
        rows.sort_unstable();
        let row = |(code, name): (i32, &str)| {
            let general = self.prose.error(name);
            let cause = prose.errors.get(name).or_else(|| general.and_then(|it| it.cause.as_ref()));
            ErrorRow {
                code,
                link: self.error_link(name),
                cause: self.maybe_words(cause, own),
                cure: self.maybe_words(general.and_then(|it| it.cure.as_ref()), own),
                served: self.model.is_served_error(method.name(), name),
            }
        };
        rows.into_iter().map(row).collect()
    }

    fn flow_place(&self, flow: &Flow, name: &str) -> Option<FlowPlace> {
        let here = flow.steps.iter().position(|step| step == name)?;
        let link = |step: &String| {
            self.model.method(step).map(|method| Link { name: step.clone(), path: method_path(method) })
        };
        let step = |(place, step)| Some(FlowStep { link: link(step)?, current: place == here });
        Some(FlowPlace {
            title: flow.title.clone(),
            steps: flow.steps.iter().enumerate().filter_map(step).collect(),
            previous: here.checked_sub(1).and_then(|place| flow.steps.get(place)).and_then(link),
            next: flow.steps.get(here + 1).and_then(link),
        })
    }

    /// What else takes or returns the types of a method.
    fn type_uses(&self, method: &Method) -> Vec<TypeUses> {
        let mut names = fields(&method.definition);
        names.extend(named(&method.definition.ty).filter(|name| !names.contains(name)));
        let uses = |name: String| {
            let path = self.type_link(method.origin, &name)?;
            let users = self.users(method.origin, &name);
            let others = |places: &[usize]| {
                let mut links = self.method_links(places);
                links.retain(|link| link.name != method.name());
                links
            };
            let (mut taken_by, mut returned_by) = (others(&users.taken_by), others(&users.returned_by));
            let all = taken_by.len() + returned_by.len();
            taken_by.truncate(MAX_USES);
            returned_by.truncate(MAX_USES);
            let more = all - taken_by.len() - returned_by.len();
            (all > 0).then_some(TypeUses { link: Link { name, path }, taken_by, returned_by, more })
        };
        names.into_iter().filter_map(uses).collect()
    }
}

/// `messages.sendEncryptedService` as `messages.SendEncryptedService`.
fn class_name(name: &str) -> String {
    let (namespace, short) =
        name.rsplit_once('.').map_or(("", name), |(namespace, short)| (namespace, short));
    let (first, rest) = short.split_at_checked(1).unwrap_or((short, ""));
    let dot = if namespace.is_empty() { "" } else { "." };
    format!("{namespace}{dot}{}{rest}", first.to_ascii_uppercase())
}

fn no_example(missing: examples::Missing) -> NoExample {
    let titles = missing.languages.into_iter().map(Language::title).collect();
    NoExample { titles, because: missing.because }
}

fn tab(example: Example, link: impl Fn(&str) -> Link) -> ExampleTab {
    let (state, error, because) = match example.run {
        Run::InCi => ("run", None, None),
        Run::Refused { error, because } => ("refused", Some(link(&error)), Some(because)),
        Run::CompiledOnly => ("compiled", None, None),
        Run::CannotRun { because } => ("not_run", None, Some(because)),
    };
    let language = match example.language {
        Language::Rust => "rust",
        Language::JavaScript => "javascript",
        Language::TypeScript => "typescript",
        Language::Python => "python",
        Language::CommandLine => "shell",
    };
    ExampleTab {
        language,
        title: example.title,
        file_name: example.file_name,
        source: example.source,
        state,
        error,
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_names_as_classes() {
        assert_eq!(class_name("messages.sendEncryptedService"), "messages.SendEncryptedService");
        assert_eq!(class_name("req_pq"), "Req_pq");
    }
}
