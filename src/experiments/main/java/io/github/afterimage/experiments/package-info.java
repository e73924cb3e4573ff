/** Comparisons of engines and reductions, the check of a network, and the counts and verdicts of errors. */
@NullMarked
package io.github.afterimage.experiments;

import org.jspecify.annotations.NullMarked;
