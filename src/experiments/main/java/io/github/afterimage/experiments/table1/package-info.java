/** The paper's Table 1. */
@NullMarked
package io.github.afterimage.experiments.table1;

import org.jspecify.annotations.NullMarked;
