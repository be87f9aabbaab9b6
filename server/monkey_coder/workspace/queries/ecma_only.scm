(field_definition property: (_) @name) @definition.field
(class_heritage (identifier) @name) @reference.class
