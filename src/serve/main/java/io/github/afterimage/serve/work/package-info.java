/** The threads and the heap that the requests of a server share. */
@NullMarked
package io.github.afterimage.serve.work;

import org.jspecify.annotations.NullMarked;
