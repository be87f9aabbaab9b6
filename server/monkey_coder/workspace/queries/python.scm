(class_definition name: (identifier) @name) @definition.class
(function_definition name: (identifier) @name) @definition.function
(decorated_definition definition: (_) @wrapped)
(module (expression_statement (assignment left: (identifier) @name) @definition.variable))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.field)))
(call function: [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(decorator [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(class_definition superclasses: (argument_list [(identifier) @reference.class (attribute attribute: (identifier) @reference.class)]))
(import_from_statement name: (dotted_name (identifier) @reference.import .))
(import_from_statement name: (aliased_import name: (dotted_name (identifier) @reference.import .)))
(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import
(comment) @comment
(type [(identifier) @reference.type (attribute attribute: (identifier) @reference.type) (generic_type (identifier) @reference.type) (subscript value: (identifier) @reference.type)])
