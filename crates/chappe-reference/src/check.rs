//! What the reference has and what it lacks.

use serde::Serialize;

use crate::examples::{self, Language, Run};
use crate::model::{Model, Origin};
use crate::page::Catalogue;
use crate::prose::{Guide, Kind, Prose, Target};

/// The words of one kind of thing.
#[derive(Clone, Debug, Serialize)]
pub struct Words {
    /// What kind, in the plural.
    pub what: &'static str,
    /// How many there are.
    pub all: usize,
    /// How many have words of ours.
    pub written: usize,
    /// The names of those that have none.
    pub missing: Vec<String>,
}

/// The examples of one language.
#[derive(Clone, Debug, Serialize)]
pub struct Examples {
    /// The language.
    pub language: &'static str,
    /// How many there are: CI compiles or checks all of them.
    pub compiled: usize,
    /// How many of those it runs with a result.
    pub run: usize,
    /// Those that it runs to get an error, each with the error and the reason.
    pub refused: Vec<(String, String)>,
    /// Those that it does not run, each with the reason.
    pub not_run: Vec<(String, String)>,
    /// Methods without an example, each with the reason.
    pub none: Vec<(String, String)>,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Words by kind.
    pub words: Vec<Words>,
    /// Examples by language.
    pub examples: Vec<Examples>,
    /// Methods whose call is not shown in bytes.
    pub without_bytes: Vec<String>,
    /// How many programs in guides CI compiles or runs.
    pub guide_programs: usize,
}

impl Check {
    /// Looks at everything.
    pub fn new(catalogue: &Catalogue<'_>) -> Self {
        let (model, prose) = (catalogue.model(), catalogue.prose());
        Self {
            words: words(model, prose, catalogue),
            examples: examples(model),
            guide_programs: prose.guides().iter().flat_map(Guide::programs).count(),
            without_bytes: model
                .methods()
                .iter()
                .filter(|method| catalogue.method(method).bytes.is_empty())
                .map(|method| method.name().to_owned())
                .collect(),
        }
    }
}

fn words(model: &Model, prose: &Prose, catalogue: &Catalogue<'_>) -> Vec<Words> {
    let summary = |kind, origin, name: &str| {
        let ours = catalogue.summary(&Target { kind, origin, name: name.to_owned() }, "");
        ours.is_some_and(|words| words.source.is_none())
    };
    let methods = model.methods().iter();
    let served = methods.clone().filter(|method| method.served && method.origin == Origin::Api);
    let params = methods.clone().flat_map(|method| {
        let shown = method.definition.params.iter().filter(|param| param.ty != chappe_tl::parse::Type::Flags);
        shown.map(move |param| {
            (format!("{} {}", method.name(), param.name), prose.parameter(method, param).is_some())
        })
    });
    let named =
        |it: &crate::model::Method| (it.name().to_owned(), summary(Kind::Method, it.origin, it.name()));
    vec![
        count("methods", methods.clone().map(named)),
        count("… in the embedded server", served.map(named)),
        count("parameters of methods", params),
        count(
            "types",
            model.types().iter().map(|it| (it.name.clone(), summary(Kind::Type, it.origin, &it.name))),
        ),
        count(
            "constructors",
            model
                .constructors()
                .iter()
                .map(|it| (it.name().to_owned(), summary(Kind::Constructor, it.origin, it.name()))),
        ),
        count(
            "errors",
            model.errors().iter().map(|it| {
                let written = prose.error(&it.name).is_some_and(|it| it.cause.is_some() && it.cure.is_some());
                (it.name.clone(), written)
            }),
        ),
    ]
}

fn count(what: &'static str, items: impl Iterator<Item = (String, bool)>) -> Words {
    let (mut all, mut missing) = (0, Vec::new());
    for (name, written) in items {
        all += 1;
        if !written {
            missing.push(name);
        }
    }
    Words { what, all, written: all - missing.len(), missing }
}

fn examples(model: &Model) -> Vec<Examples> {
    let mut counts = Language::ALL.map(|language| Examples {
        language: language.title(),
        compiled: 0,
        run: 0,
        refused: Vec::new(),
        not_run: Vec::new(),
        none: Vec::new(),
    });
    for method in model.methods() {
        let mut found = examples::for_method(model, method);
        let (missing, name) = (examples::missing(method), || method.name().to_owned());
        for (language, count) in Language::ALL.into_iter().zip(&mut counts) {
            let place = found.iter().position(|example| example.language == language);
            match place.map(|place| found.swap_remove(place).run) {
                Some(Run::InCi) => count.run += 1,
                Some(Run::Refused { error, because }) => {
                    count.refused.push((name(), format!("{error}: {because}")));
                }
                Some(Run::CompiledOnly) => {
                    count.not_run.push((name(), "compiled or checked only".to_owned()));
                }
                Some(Run::CannotRun { because }) => count.not_run.push((name(), because)),
                None => {
                    let missing = missing.iter().find(|it| it.languages.contains(&language));
                    count.none.push((name(), missing.map(|it| it.because.clone()).unwrap_or_default()));
                }
            }
            count.compiled += usize::from(place.is_some());
        }
    }
    counts.into()
}
