/**
 * The command line: one class per command.
 *
 * <p>Guarantees: with {@code --json} a command that ends with 0 prints exactly one JSON object on standard output; messages
 * and progress go to standard error; a file that a command writes holds its old content or all of the new one. Exit codes
 * are those of {@link io.github.afterimage.experiments.report.ExitCode}.
 */
@NullMarked
package io.github.afterimage.cli;

import org.jspecify.annotations.NullMarked;
