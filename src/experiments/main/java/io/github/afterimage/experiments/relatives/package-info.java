/** Pictures that show the same scene, such as frames of one video: found by registration, and joined in groups. */
@NullMarked
package io.github.afterimage.experiments.relatives;

import org.jspecify.annotations.NullMarked;
