(rule_set (selectors) @name) @definition.rule
(media_statement . (_) @name) @definition.rule
(supports_statement . (_) @name) @definition.rule
(keyframes_statement (keyframes_name) @name) @definition.rule
(rule_set (block (declaration (property_name) @name) @definition.variable) (#match? @name "^--"))
(import_statement) @import
(comment) @comment
