/** A network with an index: images, gradients, and the evaluation of both. */
module io.github.afterimage.model {
    requires transitive io.github.afterimage;
    requires com.google.protobuf;
    requires com.microsoft.onnxruntime;
    requires java.desktop;
    requires org.apache.commons.numbers.gamma;
    requires org.apache.commons.statistics.distribution;
    requires org.tribuo.util.onnx;
    requires static org.apache.commons.compress;
    requires static org.jspecify;

    exports io.github.afterimage.model;
    exports io.github.afterimage.model.data;
    exports io.github.afterimage.model.evaluation;
    exports io.github.afterimage.model.network;
}
