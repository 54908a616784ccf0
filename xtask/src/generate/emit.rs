//! The Rust text of one definition or type, before rustfmt.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::layout::Layout;
use super::model::{Def, Kind, Model, Origin, Param, Ty};
use chappe_tl::rust_names as names;

/// Who may call a method, and the errors it gives.
#[derive(Debug, Default)]
pub(super) struct MethodFacts {
    pub(super) availability: String,
    pub(super) errors: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Emitter<'a> {
    pub(super) model: &'a Model,
    pub(super) layout: &'a Layout,
    pub(super) methods: &'a HashMap<String, MethodFacts>,
    /// How deep each definition is at least, by index.
    pub(super) ranks: &'a [usize],
}

/// How deep the smallest value of each definition is: 0 without boxed fields that are always there.
pub(super) fn ranks(model: &Model) -> Vec<usize> {
    let mut ranks = vec![usize::MAX; model.defs.len()];
    loop {
        let next: Vec<usize> = model
            .defs
            .iter()
            .map(|def| {
                let inner = def.params.iter().filter_map(|param| match &param.kind {
                    Kind::Value { ty: Ty::Boxed(name), flag: None } => {
                        model.types[name].iter().map(|&index| ranks[index].saturating_add(1)).min()
                    }
                    _ => None,
                });
                inner.max().unwrap_or(0)
            })
            .collect();
        if next == ranks {
            return ranks;
        }
        ranks = next;
    }
}

/// Values of a definition that hang on the same flag bit, and whether `true` flags do, too.
type Groups<'a> = BTreeMap<(&'a str, u32), Vec<&'a Param>>;

impl Emitter<'_> {
    /// The struct of a constructor.
    pub(super) fn constructor(&self, index: usize) -> String {
        let def = &self.model.defs[index];
        let mut out = self.docs(def);
        self.structure(&mut out, index);
        self.record(&mut out, index, "", "NotAMethod");
        out
    }

    /// The impls of a struct.
    fn record(&self, out: &mut String, index: usize, inline: &str, response: &str) {
        let def = &self.model.defs[index];
        let name = &def.ident;
        let (read, write) = (self.read(index), self.write(index));
        let _ = write!(
            out,
            "plain!({name});
            impl Record for {name} {{
                const ID: u32 = {id:#010x};
                const MIN: usize = {min};
                type Response = {response};
                {inline}
                fn write_fields(&self, {writer}: &mut Writer) {{ {write} }}
                {inline}
                extern \"C\" fn read_fields({input}: &mut Input) -> Self {{ {read} }}
            }}\n\n",
            id = def.id,
            min = self.min(def),
            input = if read.contains("input") { "input" } else { "_" },
            writer = if write.is_empty() { "_" } else { "writer" },
        );
    }

    /// The struct of a method.
    pub(super) fn method(&self, index: usize) -> String {
        let def = &self.model.defs[index];
        if def.generic {
            return self.wrapper(index);
        }
        let mut out = self.docs(def);
        self.structure(&mut out, index);
        self.record(&mut out, index, "#[inline]", &self.item(&def.ty));
        out
    }

    /// A method around another method; the query is its last field.
    fn wrapper(&self, index: usize) -> String {
        let def = &self.model.defs[index];
        let name = &def.ident;
        let mut out = self.docs(def);
        let mut fields = String::new();
        for param in &def.params {
            if let Some(ty) = self.field(index, param) {
                let _ = writeln!(fields, "pub {}: {ty},", names::field(&param.name));
            }
        }
        let (read, write, id) = (self.read(index), self.write(index), def.id);
        let _ = write!(
            out,
            "#[derive(Clone)]
            pub struct {name}<Q> {{ {fields} }}
            impl<Q: Encode> Encode for {name}<Q> {{
                #[inline]
                fn encode(&self, writer: &mut Writer) {{ writer.u32({id:#010x}); {write} }}
            }}
            impl<Q: Decode> Decode for {name}<Q> {{
                #[inline]
                extern \"C\" fn read(input: &mut Input) -> Self {{ input.expect({id:#010x}); {read} }}
            }}
            impl<Q: Function> Function for {name}<Q> {{
                const CONSTRUCTOR_ID: u32 = {id:#010x};
                type Response = Q::Response;
            }}
            impl<Q: Encode> fmt::Debug for {name}<Q> {{
                #[inline]
                fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {{
                    codec::debug(self, f)
                }}
            }}
            impl<Q: Encode> PartialEq for {name}<Q> {{
                #[inline]
                fn eq(&self, other: &Self) -> bool {{ codec::same(self, other) }}
            }}\n\n",
        );
        out
    }

    /// The enum of a type with several constructors.
    pub(super) fn choice(&self, ty: &str) -> String {
        let name = names::pascal(ty);
        let indexes = &self.model.types[ty];
        let defs: Vec<&Def> = indexes.iter().map(|&index| &self.model.defs[index]).collect();
        // Older shapes of a constructor have the suffix of their struct.
        let full: Vec<String> = defs
            .iter()
            .map(|def| format!("{}{}", names::local(&def.name), &def.ident[names::pascal(&def.name).len()..]))
            .collect();
        let variants = names::variants(ty, &full);
        let last = self.shallowest(indexes);
        let mut out = match self.model.origin {
            Origin::Api => format!("/// `{ty}`\n///\n/// See <https://core.telegram.org/type/{ty}>.\n"),
            _ => format!("/// `{ty}`\n"),
        };
        let (mut body, mut clone, mut write) = (String::new(), String::new(), String::new());
        let (mut read, mut convert) = (String::new(), String::new());
        let mut last_arm = String::new();
        for ((&index, def), variant) in indexes.iter().zip(&defs).zip(&variants) {
            let id = def.id;
            let value = if def.params.is_empty() {
                let _ = writeln!(body, "/// `{}`\n{variant},", def.line);
                let _ = writeln!(clone, "Self::{variant} => Self::{variant},");
                let _ = writeln!(write, "Self::{variant} => writer.u32({id:#010x}),");
                format!("Self::{variant}")
            } else {
                let payload = self.path("types", &def.name, &def.ident);
                let boxed = self.layout.boxes_payload(index);
                let _ = match boxed {
                    true => writeln!(body, "{variant}(Box<{payload}>),"),
                    false => writeln!(body, "{variant}({payload}),"),
                };
                let _ = writeln!(clone, "Self::{variant}(value) => Self::{variant}(value.clone()),");
                let _ = writeln!(write, "Self::{variant}(value) => value.encode(writer),");
                let _ = writeln!(
                    convert,
                    "    {name}::{variant}({} {payload});",
                    if boxed { "boxed" } else { "plain" }
                );
                match boxed {
                    true => format!("Self::{variant}(input.boxed())"),
                    false => format!("Self::{variant}(Record::read_fields(input))"),
                }
            };
            if index == last {
                let _ = writeln!(last_arm, "id => {{ input.check(id, {id:#010x}); {value} }}");
            } else {
                let _ = writeln!(read, "{id:#010x} => {value},");
            }
        }
        let _ = write!(
            out,
            "pub enum {name} {{ {body} }}
            impl Clone for {name} {{
                #[inline]
                fn clone(&self) -> Self {{ match self {{ {clone} }} }}
            }}
            plain!({name});
            impl Decode for {name} {{
                extern \"C\" fn read(input: &mut Input) -> Self {{
                    let value = match input.enter() {{ {read} {last_arm} }};
                    input.leave();
                    value
                }}
            }}
            impl Encode for {name} {{
                fn encode(&self, writer: &mut Writer) {{ match self {{ {write} }} }}
            }}\n"
        );
        if !convert.is_empty() {
            let _ = write!(out, "convert! {{\n{convert}}}\n\n");
        }
        out
    }

    /// The constructor that can be made of nothing: what a failed read gives must not recurse.
    fn shallowest(&self, indexes: &[usize]) -> usize {
        indexes.iter().copied().min_by_key(|&index| self.ranks[index]).unwrap_or(0)
    }

    /// The lines of the table that the tests go through: every type with its size, every method.
    pub(super) fn table(&self) -> String {
        let krate = match self.model.origin {
            Origin::Api => "chappe_api",
            Origin::Mtproto => "chappe_api::mtproto",
            Origin::Secret => "chappe_api::secret",
        };
        let mut out = String::new();
        for ty in self.model.types.keys() {
            let path = self.item(&Ty::Boxed(ty.clone()));
            let several = self.model.single(ty).is_none();
            let _ = writeln!(out, "entry::<{krate}::{path}>(\"{krate}\", \"{ty}\", {several}),");
        }
        for def in self.model.defs.iter().filter(|def| def.function) {
            let path = self.path("functions", &def.name, &def.ident);
            let query = if def.generic { "<chappe_api::RawObject>" } else { "" };
            let _ = writeln!(out, "entry::<{krate}::{path}{query}>(\"{krate}\", \"{}\", false),", def.name);
        }
        out
    }

    fn docs(&self, def: &Def) -> String {
        let mut out = format!("/// `{}`\n", def.line);
        if let Some(facts) = self.methods.get(&def.name).filter(|_| def.function) {
            let who = match facts.availability.as_str() {
                "user" => "users",
                "bot" => "bots",
                _ => "users and bots",
            };
            let _ = write!(out, "///\n/// For {who}.");
            if !facts.errors.is_empty() {
                let errors: Vec<String> = facts.errors.iter().map(|error| format!("`{error}`")).collect();
                let _ = write!(out, " Errors: {}.", errors.join(", "));
            }
            out.push('\n');
        }
        if self.model.origin == Origin::Api {
            let what = if def.function { "method" } else { "constructor" };
            let _ = write!(out, "///\n/// See <https://core.telegram.org/{what}/{}>.\n", def.name);
        }
        out
    }

    fn structure(&self, out: &mut String, index: usize) {
        let def = &self.model.defs[index];
        let _ = writeln!(out, "pub struct {} {{", def.ident);
        // By hand, because the derive costs an eighth of `cargo check`.
        let mut clone = String::new();
        for param in &def.params {
            if let Some(ty) = self.field(index, param) {
                let field = names::field(&param.name);
                let call = if is_copy(&param.kind) { "" } else { ".clone()" };
                let _ = write!(clone, "{field}: self.{field}{call}, ");
                let _ = writeln!(out, "pub {field}: {ty},");
            }
        }
        let _ = write!(
            out,
            "}}
            impl Clone for {} {{
                #[inline]
                fn clone(&self) -> Self {{ Self {{ {clone} }} }}
            }}\n",
            def.ident
        );
    }

    /// The Rust type of a field.
    fn field(&self, index: usize, param: &Param) -> Option<String> {
        Some(match &param.kind {
            Kind::Flags => return None,
            Kind::True { .. } => "bool".to_owned(),
            Kind::Value { ty, flag } => {
                let mut name = match ty {
                    Ty::Bytes => "Vec<u8>".to_owned(),
                    _ => self.item(ty),
                };
                if self.layout.boxes_field(index, &param.name) {
                    name = format!("Box<{name}>");
                }
                if flag.is_some() { format!("Option<{name}>") } else { name }
            }
        })
    }

    /// The Rust type of an item or a response.
    fn item(&self, ty: &Ty) -> String {
        match ty {
            Ty::Int => "i32".to_owned(),
            Ty::Long => "i64".to_owned(),
            Ty::Double => "f64".to_owned(),
            Ty::Bool => "bool".to_owned(),
            Ty::String => "String".to_owned(),
            Ty::Bytes => "Bytes".to_owned(),
            Ty::Int128 => "[u8; 16]".to_owned(),
            Ty::Int256 => "[u8; 32]".to_owned(),
            Ty::Object => "crate::RawObject".to_owned(),
            Ty::Generic => "Q".to_owned(),
            Ty::Vector { item, .. } => format!("Vec<{}>", self.item(item)),
            Ty::Boxed(name) => match self.model.single(name) {
                Some(def) => self.path("types", &def.name, &def.ident),
                None => self.path("enums", name, &names::pascal(name)),
            },
            Ty::Bare(name) => {
                let def = &self.model.defs[self.model.by_name[name]];
                self.path("types", &def.name, &def.ident)
            }
        }
    }

    fn path(&self, module: &str, name: &str, ident: &str) -> String {
        match names::namespace(name) {
            Some(namespace) => format!("{module}::{namespace}::{ident}"),
            None => format!("{module}::{ident}"),
        }
    }

    /// The fewest bytes of the boxed form.
    fn min(&self, def: &Def) -> usize {
        4 + def
            .params
            .iter()
            .map(|param| match &param.kind {
                Kind::Flags => 4,
                Kind::Value { ty, flag: None } => self.min_of(ty),
                _ => 0,
            })
            .sum::<usize>()
    }

    fn min_of(&self, ty: &Ty) -> usize {
        match ty {
            Ty::Object => 0,
            Ty::Int | Ty::Bool | Ty::String | Ty::Bytes | Ty::Generic | Ty::Vector { bare: true, .. } => 4,
            Ty::Long | Ty::Double | Ty::Vector { bare: false, .. } => 8,
            Ty::Int128 => 16,
            Ty::Int256 => 32,
            Ty::Boxed(name) => self.model.single(name).map_or(4, |def| self.min(def)),
            Ty::Bare(name) => self.min(&self.model.defs[self.model.by_name[name]]) - 4,
        }
    }

    /// The body of `fields`.
    fn read(&self, index: usize) -> String {
        let (lets, values) = self.reads(index);
        let values: String = values.iter().map(|(field, value)| format!("{field}: {value},")).collect();
        format!("{lets} Self {{ {values} }}")
    }

    /// What has to be read ahead of the struct, and the fields of the struct in order.
    ///
    /// Flags that stand first are read ahead; later ones (`flags2` after fields) make every field before them wait.
    fn reads(&self, index: usize) -> (String, Vec<(String, String)>) {
        let def = &self.model.defs[index];
        let last_flags = def.params.iter().rposition(|param| matches!(param.kind, Kind::Flags));
        let ahead = last_flags.map_or(0, |last| last + 1);
        // A length field is needed again by the object it measures.
        let measured = def.params.iter().any(|param| param.name == "bytes")
            && def.params.iter().any(|param| matches!(param.kind, Kind::Value { ty: Ty::Object, .. }));
        let mut lets = String::new();
        let mut values = Vec::new();
        for (position, param) in def.params.iter().enumerate() {
            let field = names::field(&param.name);
            let value = match &param.kind {
                Kind::Flags => {
                    let used = def.params.iter().any(|other| match &other.kind {
                        Kind::True { flags, .. } | Kind::Value { flag: Some((flags, _)), .. } => {
                            *flags == param.name
                        }
                        _ => false,
                    });
                    let _ = match used {
                        true => writeln!(lets, "let {} = input.u32();", param.name),
                        false => writeln!(lets, "input.u32();"),
                    };
                    continue;
                }
                Kind::True { flags, bit } => format!("{flags} & {:#x} != 0", 1_u32 << bit),
                Kind::Value { ty, flag: None } => match ty {
                    _ if self.layout.boxes_field(index, &param.name) => "input.get_box()".to_owned(),
                    Ty::Object if measured => "crate::RawObject(input.raw(bytes))".to_owned(),
                    _ => self.read_value(ty),
                },
                Kind::Value { ty, flag: Some((flags, bit)) } => {
                    let bit = format!("{flags} & {:#x}", 1_u32 << bit);
                    match ty {
                        _ if self.layout.boxes_field(index, &param.name) => format!("input.opt_box({bit})"),
                        Ty::Bytes => format!("input.opt_bytes({bit})"),
                        _ => format!("input.opt({bit})"),
                    }
                }
            };
            if position < ahead && value.contains("input") {
                let _ = match self.field(index, param) {
                    Some(ty) => writeln!(lets, "let {field}: {ty} = {value};"),
                    None => Ok(()),
                };
                values.push((field.clone(), field));
            } else {
                values.push((field, value));
            }
        }
        if measured {
            // The fields before the length are read in order as part of the struct, so the length must be, too.
            lets.clear();
            let mut ordered = Vec::new();
            for (param, (field, _)) in def.params.iter().zip(values) {
                let value = match &param.kind {
                    Kind::Value { ty: Ty::Object, .. } => "crate::RawObject(input.raw(bytes))".to_owned(),
                    Kind::Value { ty, .. } => self.read_value(ty),
                    _ => continue,
                };
                let _ = writeln!(lets, "let {field} = {value};");
                ordered.push((field.clone(), field));
            }
            return (lets, ordered);
        }
        (lets, values)
    }

    fn read_value(&self, ty: &Ty) -> String {
        match ty {
            Ty::Int => "input.i32()",
            Ty::Long => "input.i64()",
            Ty::Double => "input.f64()",
            Ty::Bool => "input.bool()",
            Ty::String => "input.string()",
            Ty::Bytes => "input.bytes()",
            Ty::Vector { item, bare: true } if matches!(**item, Ty::Bare(_)) => "input.bare_items()",
            Ty::Vector { bare: true, .. } => "input.bare_vector()",
            Ty::Bare(_) => "Record::read_fields(input)",
            _ => "input.get()",
        }
        .to_owned()
    }

    /// The body of `encode_bare`.
    fn write(&self, index: usize) -> String {
        let def = &self.model.defs[index];
        let mut groups: Groups<'_> = BTreeMap::new();
        for param in &def.params {
            match &param.kind {
                Kind::True { flags, bit } | Kind::Value { flag: Some((flags, bit)), .. } => {
                    groups.entry((flags, *bit)).or_default().push(param);
                }
                _ => {}
            }
        }
        let mut out = String::new();
        for ((flags, bit), params) in groups.iter().filter(|(_, params)| params.len() > 1) {
            let _ = writeln!(out, "let {flags}_{bit} = {};", shared_bit(params));
        }
        for param in &def.params {
            let field = names::field(&param.name);
            match &param.kind {
                Kind::Flags => {
                    let terms: Vec<String> = groups
                        .iter()
                        .filter(|((flags, _), _)| *flags == param.name)
                        .map(|((flags, bit), params)| {
                            let set = match params.as_slice() {
                                [only] => presence(only),
                                _ => format!("{flags}_{bit}"),
                            };
                            if *bit == 0 {
                                format!("{set} as u32")
                            } else {
                                format!("({set} as u32) << {bit}")
                            }
                        })
                        .collect();
                    let _ = match terms.is_empty() {
                        true => writeln!(out, "writer.u32(0);"),
                        false => writeln!(out, "writer.u32({});", terms.join(" | ")),
                    };
                }
                Kind::True { .. } => {}
                Kind::Value { ty, flag: None } => {
                    let _ = writeln!(out, "{}", self.write_value(ty, &field));
                }
                Kind::Value { ty, flag: Some((flags, bit)) } => {
                    let alone = groups[&(flags.as_str(), *bit)].len() == 1;
                    let boxed = self.layout.boxes_field(index, &param.name);
                    let call = match (alone, ty) {
                        (true, _) if boxed => "opt_box(".to_owned(),
                        (false, _) if boxed => format!("given_box({flags}_{bit}, "),
                        (true, Ty::Bytes) => "opt_bytes(".to_owned(),
                        (true, _) => "opt(".to_owned(),
                        (false, Ty::Bytes) => format!("shared_bytes({flags}_{bit}, "),
                        (false, ty) if has_default(ty) => format!("shared({flags}_{bit}, "),
                        (false, _) => format!("given({flags}_{bit}, "),
                    };
                    let _ = writeln!(out, "codec::{call}&self.{field}, writer);");
                }
            }
        }
        out
    }

    fn write_value(&self, ty: &Ty, field: &str) -> String {
        match ty {
            Ty::Int => format!("writer.i32(self.{field});"),
            Ty::Long => format!("writer.i64(self.{field});"),
            Ty::Double => format!("writer.f64(self.{field});"),
            Ty::Bool => format!("writer.bool(self.{field});"),
            Ty::String => format!("writer.bytes(self.{field}.as_bytes());"),
            Ty::Bytes => format!("writer.bytes(&self.{field});"),
            Ty::Int128 | Ty::Int256 => format!("writer.raw(&self.{field});"),
            Ty::Vector { item, bare: true } if matches!(**item, Ty::Bare(_)) => {
                format!("codec::bare_items(&self.{field}, writer);")
            }
            Ty::Vector { bare: true, .. } => format!("codec::bare_vector(&self.{field}, writer);"),
            Ty::Vector { bare: false, .. } => format!("writer.vector(&self.{field});"),
            Ty::Bare(_) => format!("self.{field}.write_fields(writer);"),
            Ty::Boxed(_) | Ty::Object | Ty::Generic => format!("self.{field}.encode(writer);"),
        }
    }
}

/// Whether a field is copied rather than cloned.
fn is_copy(kind: &Kind) -> bool {
    match kind {
        Kind::Flags | Kind::True { .. } => true,
        Kind::Value { ty, .. } => {
            matches!(ty, Ty::Int | Ty::Long | Ty::Double | Ty::Bool | Ty::Int128 | Ty::Int256)
        }
    }
}

/// Whether a missing field can be written as nothing in particular.
fn has_default(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Long | Ty::Double | Ty::Bool | Ty::String | Ty::Bytes | Ty::Vector { .. })
}

fn presence(param: &Param) -> String {
    let field = names::field(&param.name);
    match param.kind {
        Kind::True { .. } => format!("self.{field}"),
        _ => format!("self.{field}.is_some()"),
    }
}

/// When a bit is set that several fields share: with fields that have no default, if all of those are there; otherwise
/// if any is.
fn shared_bit(params: &[&Param]) -> String {
    let needed: Vec<String> = params
        .iter()
        .filter(|param| matches!(&param.kind, Kind::Value { ty, .. } if !has_default(ty)))
        .map(|param| presence(param))
        .collect();
    match needed.is_empty() {
        true => params.iter().map(|param| presence(param)).collect::<Vec<_>>().join(" || "),
        false => needed.join(" && "),
    }
}
