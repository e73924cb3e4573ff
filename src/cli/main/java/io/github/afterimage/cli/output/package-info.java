/** Output of commands: reports as text and JSON, tables, files, progress, messages, exit codes and help. */
package io.github.afterimage.cli.output;
