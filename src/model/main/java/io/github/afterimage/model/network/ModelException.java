package io.github.afterimage.model.network;

import java.io.IOException;

/** Thrown for a model file that is not an ONNX classifier of images, or that ONNX Runtime cannot load or run. */
public final class ModelException extends IOException {
    private static final long serialVersionUID = 1L;

    ModelException(String message) {
        super(message);
    }

    ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
