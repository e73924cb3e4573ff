/** Output of commands: reports as text and JSON, tables, files, progress, messages, exit codes and help. */
@NullMarked
package io.github.afterimage.cli.output;

import org.jspecify.annotations.NullMarked;
