//! Where Warded listens, and the certificates that it shows there, as the operator writes them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{ClientCertificate, Located, Span, located};

/// One place, or a list of them.
#[derive(Debug)]
pub struct Listen(Vec<Located<ListenAt>>);

/// One place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenAt {
    /// An address and a port, such as `0.0.0.0:8443`.
    pub address: Located<String>,
    /// Whether TLS is spoken there. Default: `true` where there is `tls`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<bool>")]
    pub tls: Option<Located<bool>>,
}

/// TLS that ends here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The file with the certificate, and those that lead from it to a root, in PEM form, seen from the folder of this
    /// file. It is read again when it changes.
    pub certificate: Located<String>,
    /// Where its private key is, in PEM form: `env:NAME`, or `file:PATH` seen from the folder of this file.
    pub key: Located<String>,
    /// Further certificates, for other hosts. A caller is shown the first one that speaks for the host that it asks for,
    /// and the one above where none does. Default: none.
    #[serde(default)]
    pub others: Vec<ClientCertificate>,
    /// Files with certificates in PEM form: callers may show a certificate that one of these vouches for, so that tokens
    /// which are bound to it (`cnf.x5t#S256`, RFC 8705) can be used. Default: none, and none is asked for.
    #[serde(default)]
    pub client_roots: Vec<Located<String>>,
}

impl Listen {
    /// One place, that a flag names.
    pub(crate) fn at(address: String, span: Span) -> Self {
        Self(vec![of_text(Located { value: address, span })])
    }

    /// The places, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Located<ListenAt>> {
        self.0.iter()
    }
}

fn of_text(address: Located<String>) -> Located<ListenAt> {
    Located { span: address.span, value: ListenAt { address, tls: None } }
}

/// What stands there: a text, a mapping, or a list of both.
enum Written {
    Text(String),
    Mapping(ListenAt),
    List(Vec<Located<Written>>),
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Located::<Written>::deserialize(deserializer)?;
        let one = |written: Located<Written>| match written.value {
            Written::Text(value) => Ok(of_text(Located { value, span: written.span })),
            Written::Mapping(value) => Ok(Located { value, span: written.span }),
            Written::List(_) => {
                Err(serde::de::Error::custom("a list within a list is no place to listen at"))
            }
        };
        match written.value {
            Written::List(list) if list.is_empty() => {
                Err(serde::de::Error::custom("a list of no places is nowhere to listen at; Remove `listen`."))
            }
            Written::List(list) => list.into_iter().map(one).collect::<Result<_, _>>().map(Self),
            _ => one(written).map(|place| Self(vec![place])),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address and a port, or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        ListenAt::deserialize(MapAccessDeserializer::new(map)).map(Written::Mapping)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Written, A::Error> {
        let mut places = Vec::new();
        while let Some(place) = list.next_element()? {
            places.push(place);
        }
        Ok(Written::List(places))
    }
}

impl JsonSchema for Listen {
    fn schema_name() -> Cow<'static, str> {
        "Listen".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let place = generator.subschema_for::<ListenAt>();
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "minItems": 1, "items": { "anyOf": [{ "type": "string" }, place] } }
            ]
        })
    }
}
