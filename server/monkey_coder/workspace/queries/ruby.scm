(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
(call method: (identifier) @name) @reference.call
(superclass (constant) @name) @reference.class
(constant) @name @reference.type
(call method: (identifier) @_require arguments: (argument_list . (string)) (#any-of? @_require "require" "require_relative" "load" "autoload")) @import
(comment) @comment
