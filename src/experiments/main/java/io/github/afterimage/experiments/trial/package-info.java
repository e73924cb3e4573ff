/** Tries a cache on a network and labelled data: everything between two names of files and an answer. */
@NullMarked
package io.github.afterimage.experiments.trial;

import org.jspecify.annotations.NullMarked;
