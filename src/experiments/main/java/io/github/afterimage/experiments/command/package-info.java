/** The parts of every command: its options for help and JSON, progress, files, failures and exit codes. */
@NullMarked
package io.github.afterimage.experiments.command;

import org.jspecify.annotations.NullMarked;
