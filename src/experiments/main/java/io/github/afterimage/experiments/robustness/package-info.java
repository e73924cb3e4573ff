/** Attacks on classifiers, Jacobians, transfer and gradient masking, and the paper's claims about them. */
@NullMarked
package io.github.afterimage.experiments.robustness;

import org.jspecify.annotations.NullMarked;
