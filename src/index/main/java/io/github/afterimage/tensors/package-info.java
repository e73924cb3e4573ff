/** Reads and writes files of named arrays: safetensors, .npy and .npz. */
@NullMarked
package io.github.afterimage.tensors;

import org.jspecify.annotations.NullMarked;
