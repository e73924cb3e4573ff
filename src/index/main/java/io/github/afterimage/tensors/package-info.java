/** Reads and writes files of named arrays: safetensors, .npy, .npz and flat Faiss indexes. */
@NullMarked
package io.github.afterimage.tensors;

import org.jspecify.annotations.NullMarked;
