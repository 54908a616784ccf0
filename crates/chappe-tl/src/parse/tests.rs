use proptest::prelude::*;

use super::*;

fn one(text: &str) -> Definition {
    let mut all = parse(text).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn error(text: &str) -> (usize, ParseErrorKind) {
    let error = parse(text).unwrap_err();
    (error.line, error.kind)
}

#[test]
fn every_type_is_told_apart() {
    let definition = one("a.b#12 {X:Type} flags:# i:int l:long d:double s:string y:bytes n:int128 m:int256 \
         o:Bool t:flags.0?true u:messages.Dialogs v:%Message w:future_salt x:Vector<Vector<long>> \
         z:vector<%Message> aa:%Vector<int> any:Object flags2:# q:flags2.31?!X = X;");
    let types: Vec<_> = definition.params.iter().map(|param| param.ty.clone()).collect();
    let boxed = |name: &str| Type::Boxed(name.to_owned());
    let bare = |name: &str| Type::Bare(name.to_owned());
    assert_eq!(
        types,
        [
            Type::Flags,
            Type::Int,
            Type::Long,
            Type::Double,
            Type::String,
            Type::Bytes,
            Type::Int128,
            Type::Int256,
            Type::Bool,
            Type::True,
            boxed("messages.Dialogs"),
            bare("Message"),
            bare("future_salt"),
            Type::Vector(Box::new(Type::Vector(Box::new(Type::Long)))),
            Type::BareVector(Box::new(bare("Message"))),
            Type::BareVector(Box::new(Type::Int)),
            Type::Object,
            Type::Flags,
            Type::Query("X".to_owned()),
        ]
    );
    assert!(types[11].is_bare_type() && !types[12].is_bare_type());
    assert_eq!(definition.ty, Type::Generic("X".to_owned()));
    assert_eq!(definition.generics, ["X"]);
    assert_eq!((definition.id, definition.explicit_id), (0x12, true));
    let flag = definition.params.last().and_then(|param| param.flag.clone());
    assert_eq!(flag, Some(FlagBit { field: "flags2".to_owned(), bit: 31 }));
}

#[test]
fn sections_layers_comments_and_line_breaks_are_followed() {
    let all = parse(
        "/* a = B; */ // LAYER 8\n\
         a#1 = A; // a comment; with a semicolon = X;\n\
         ===17===\n\
         b#2\n  x:int\n  /* between */ = B;\n\
         ---functions---\n\
         // LAYER of another kind\n\
         c#3 = Vector<int>;\n---types---\nd#4 = D;",
    )
    .unwrap();
    let seen: Vec<_> =
        all.iter().map(|item| (item.name.as_str(), item.kind, item.layer, item.line)).collect();
    assert_eq!(
        seen,
        [
            ("a", Kind::Type, Some(8), 2),
            ("b", Kind::Type, Some(17), 4),
            ("c", Kind::Function, Some(17), 9),
            ("d", Kind::Type, Some(17), 11),
        ]
    );
}

#[test]
fn lines_about_base_types_are_accepted_and_skipped() {
    let all = parse(
        "int ? = Int; long ? = Long; double ? = Double; string ? = String; bytes = Bytes;
         int128 4*[ int ] = Int128; int256 8*[ int ] = Int256;
         vector#1cb5c415 {t:Type} # [ t ] = Vector t;
         boolTrue#997275b5 = Bool; list {t:Type} = Vector t;",
    )
    .unwrap();
    assert_eq!(all.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["boolTrue", "list"]);
    assert_eq!(all[1].ty, Type::Vector(Box::new(Type::Generic("t".to_owned()))));
}

#[test]
fn a_missing_id_is_computed() {
    let definition = one("req_pq_multi nonce:int128 = ResPQ;");
    assert_eq!((definition.id, definition.explicit_id), (0xbe7e8ef1, false));
    assert_eq!(one("invokeWithLayer {X:Type} layer:int query:!X = X;").id, 0xda9b0d0d);
}

#[test]
fn errors_name_their_line_and_their_cause() {
    use ParseErrorKind::*;
    assert_eq!(error("a = A;\n\nb = B"), (3, UnexpectedEnd));
    assert_eq!(error("\n/* a = A;"), (2, UnterminatedComment));
    assert_eq!(error("a#xyz = A;"), (1, InvalidId { id: "xyz".to_owned() }));
    assert_eq!(error("a#123456789 = A;"), (1, InvalidId { id: "123456789".to_owned() }));
    assert_eq!(error("1a = A;"), (1, InvalidName { name: "1a".to_owned() }));
    assert_eq!(error("a b.c:int = A;"), (1, InvalidName { name: "b.c".to_owned() }));
    assert_eq!(error("a x:int x:int = A;"), (1, DuplicateField { name: "x".to_owned() }));
    let unknown = UnknownFlags { param: "x".to_owned(), field: "f".to_owned() };
    assert_eq!(error("a x:f.1?int = A;"), (1, unknown));
    assert_eq!(error("a f:# x:f.32?int = A;"), (1, InvalidCondition { condition: "f.32".to_owned() }));
    assert_eq!(error("a x:!X = A;"), (1, UnknownGeneric { name: "X".to_owned() }));
    assert_eq!(error("a x:Maybe<int> = A;"), (1, UnexpectedArgument { name: "Maybe".to_owned() }));
    assert_eq!(error("a x:Vector = A;"), (1, MissingArgument { name: "Vector".to_owned() }));
    assert_eq!(error("---things---"), (1, UnknownSection { marker: "---things---".to_owned() }));
    assert_eq!(error("===x==="), (1, InvalidLayer { marker: "===x===".to_owned() }));
    assert_eq!(error("a x y:int = A;").1.to_string(), "expected `:` and the type of the field, found `y`");
    assert_eq!(error(&format!("a x:{}int = A;", "Vector<".repeat(100_000))).1, TooDeep);
    let many: String = (0..2000).map(|index| format!(" x{index}:int")).collect();
    assert_eq!(error(&format!("a{many} = A;")).1, TooManyFields);
}

#[test]
fn reading_goes_on_after_an_error() {
    let results: Vec<_> =
        definitions("a = A; b x = B; c = ; ??? ; d = D;\n---nothing---\n e#q = E; f = F; g").collect();
    let names: Vec<_> = results.iter().map(|result| result.as_ref().ok().map(|item| &*item.name)).collect();
    assert_eq!(names, [Some("a"), None, None, None, Some("d"), None, None, Some("f"), None]);
}

fn tl_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b.c",
        "#",
        "#1f",
        ":",
        "int",
        "Vector<",
        ">",
        "flags",
        ".",
        "3",
        "?",
        "true",
        "{",
        "}",
        "X",
        "Type",
        "!",
        "%",
        "=",
        ";",
        " ",
        "\n",
        "//",
        "/*",
        "*/",
        "---types---\n",
        "---",
        "===8===\n",
        "é",
        "[",
        "vector",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,300}") {
        let _ = definitions(&text).count();
    }

    #[test]
    fn any_mixture_of_words_is_read_or_refused(text in tl_like()) {
        for definition in definitions(&text).flatten() {
            let printed = definition.to_string();
            let again = one(&printed);
            prop_assert_eq!(again.to_string(), printed);
            prop_assert_eq!(again.params, definition.params);
        }
    }
}
