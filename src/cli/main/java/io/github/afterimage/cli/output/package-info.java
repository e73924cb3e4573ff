/** Output of the program: help, standard output, the version, and reports. */
@NullMarked
package io.github.afterimage.cli.output;

import org.jspecify.annotations.NullMarked;
