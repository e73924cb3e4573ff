/**
 * Keys with labels in native memory, and the cache model over them.
 *
 * <p>The modules of the native libraries are required by none, because each system has its own: start Java with {@code
 * --add-modules ALL-MODULE-PATH}.
 */
@SuppressWarnings("module") // the other modules are compiled later
module io.github.afterimage {
    requires java.management;
    requires jdk.management;
    requires org.bytedeco.javacpp;
    requires org.bytedeco.openblas;
    requires static micrometer.core;
    requires static org.apache.commons.compress;
    requires static org.jspecify;

    exports io.github.afterimage;
    exports io.github.afterimage.answer;
    exports io.github.afterimage.failure;
    exports io.github.afterimage.metrics;
    exports io.github.afterimage.reduce;
    exports io.github.afterimage.serving;
    exports io.github.afterimage.settings;
    exports io.github.afterimage.engine to
            io.github.afterimage.cuda;
    exports io.github.afterimage.keys to
            io.github.afterimage.cuda;
    exports io.github.afterimage.platform to
            io.github.afterimage.cuda,
            io.github.afterimage.model;
    exports io.github.afterimage.tensors to
            io.github.afterimage.model;

    uses io.github.afterimage.engine.EngineProvider;
}
