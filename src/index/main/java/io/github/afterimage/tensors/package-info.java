/** Files of named arrays, read and written: safetensors, .npy, .npz and flat Faiss indexes. */
package io.github.afterimage.tensors;
