package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;

/** All nodes and stored tensors of a model, including those in the bodies of loops, branches and functions. */
final class ModelNodes {
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<TensorProto> tensors = new ArrayList<>();

    ModelNodes(ModelProto model) {
        add(model.getGraph());
        for (FunctionProto function : model.getFunctionsList()) {
            function.getNodeList().forEach(this::add);
            function.getAttributeProtoList().forEach(this::add);
        }
    }

    List<NodeProto> nodes() {
        return nodes;
    }

    List<TensorProto> tensors() {
        return tensors;
    }

    private void add(GraphProto graph) {
        tensors.addAll(graph.getInitializerList());
        graph.getSparseInitializerList().forEach(this::add);
        graph.getNodeList().forEach(this::add);
    }

    private void add(NodeProto node) {
        nodes.add(node);
        node.getAttributeList().forEach(this::add);
    }

    private void add(AttributeProto attribute) {
        tensors.addAll(attribute.getTensorsList());
        attribute.getSparseTensorsList().forEach(this::add);
        attribute.getGraphsList().forEach(this::add);
        if (attribute.hasT()) {
            tensors.add(attribute.getT());
        }
        if (attribute.hasSparseTensor()) {
            add(attribute.getSparseTensor());
        }
        if (attribute.hasG()) {
            add(attribute.getG());
        }
    }

    private void add(SparseTensorProto sparse) {
        tensors.add(sparse.getValues());
        tensors.add(sparse.getIndices());
    }
}
