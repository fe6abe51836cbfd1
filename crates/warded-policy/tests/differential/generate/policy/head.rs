//! What stands before the tools.

use super::{Flaw, Writer};

impl Writer<'_, '_> {
    pub(super) fn head(&mut self) -> String {
        let version = if self.flawed(Flaw::Version) {
            self.draw.of(&[
                "",
                "version: 2\n",
                "version: 1.0\n",
                "version: \"01\"\n",
                "version: ~\n",
                "version: [1]\n",
                "version: 0x1\n",
                "version: v1\n",
                "Version: 1\n",
            ])
        } else {
            self.draw.of(&["version: \"1\"\n", "version: 1\n", "version: '1'\n", "version: !!str 1\n"])
        };
        let description = self.draw.of(&[
            "",
            "description: \"what it is for\"\n",
            "description: |\n  two\n  lines\n",
            "description: 5\n",
            "description:\n",
        ]);
        let default = if self.flawed(Flaw::Default) {
            self.draw.of(&[
                "default: Deny\n",
                "default: none\n",
                "default: true\n",
                "default: \" deny\"\n",
                "default: {}\n",
            ])
        } else {
            self.draw.of(&[
                "",
                "",
                "default: allow\n",
                "default: \"allow\"\n",
                "default: deny\n",
                "default: \"\"\n",
                "default: ~\n",
            ])
        };
        let hide = if self.flawed(Flaw::Hide) {
            self.draw.of(&[
                "hide: [read, read]\n",
                "hide: [\"\"]\n",
                "hide: [\" \"]\n",
                "hide: read\n",
                "hide: {a: 1}\n",
                "hide: [[a]]\n",
                "hide: [\"\\t\", a]\n",
            ])
        } else if self.draw.one_in(6) {
            self.draw.of(&[
                "hide: [read]\n",
                "hide: [other, x]\n",
                "hide:\n- Read\n",
                "hide: []\n",
                "hide: ~\n",
                "hide: [\"*\"]\n",
                "hide: [\"*\", a]\n",
                "hide: [1, true]\n",
                "hide: [~, a]\n",
                "hide: [\"x*\"]\n",
            ])
        } else {
            ""
        };
        let yaml = if self.flawed(Flaw::Yaml) {
            self.draw.of(&[
                "version: \"1\"\n",
                "default: [\n",
                "description: \"x\n",
                "x: *nowhere\n",
                "hide: []\nhide: []\n",
                "x: &a [*a\n",
                "- a\n",
                "description: a: b\n",
                "\u{1}: a\n",
            ])
        } else {
            ""
        };
        let unknown = if self.flawed(Flaw::Unknown) {
            self.draw.of(&[
                "rules: []\n",
                "defualt: deny\n",
                "spend_limit: 5\n",
                "x: {a: 1, a: 2}\n",
                "DEFAULT: deny\n",
                "Tools: {}\n",
            ])
        } else {
            ""
        };
        [version, description, default, hide, yaml, unknown].concat()
    }
}
