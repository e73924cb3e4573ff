package io.github.afterimage.model.network.gradient;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Small graphs for each operator and each of its settings: a name, then a graph as {@link Differentiated#parse} reads it.
 *
 * <p>Before opset 19, ONNX Runtime counts too much in an average pool with ceiling and padding; networks with it are refused.
 */
final class GradientCases {
    static final long SEED = 20181203;

    private static final String CASES = """
            add a repeated weight | 3,5,6 | weight w 3,1,1 | Add x,w y
            add to itself | 3,5,6 | Add x,x y
            add where the image is repeated | 3,1,6 | weight w 2,3,4,6 | Unsqueeze x,a u | integers a 1 | Add u,w y
            subtract the image | 3,5,6 | weight w 6 | Sub w,x y
            subtract from the image | 3,5,6 | weight w 1,3,5,6 | Sub x,w y
            multiply | 3,5,6 | weight w 5,1 | Mul w,x y
            multiply two that depend, one repeated | 3,5,6 | GlobalAveragePool x m | Mul x,m y
            divide by a weight | 3,5,6 | weight w 3,5,6 | Div x,w y
            divide by the image | 3,5,6 | weight w 1,6 | Exp x e | Div w,e y
            sum of three | 3,5,6 | weight w 6 | Sum x,w,x y
            neg | 3,5,6 | Neg x y
            exp | 3,5,6 | Exp x y
            relu | 3,5,6 | Relu x y
            sigmoid | 3,5,6 | Sigmoid x y
            tanh | 3,5,6 | Tanh x y
            leaky relu | 3,5,6 | LeakyRelu x y alpha=0.2
            leaky relu by default | 3,5,6 | LeakyRelu x y
            clip | 3,5,6 | floats a -0.5 | floats b 0.7 | Clip x,a,b y
            clip from above | 3,5,6 | floats b 0.7 | Clip x,,b y
            softmax over the last axis | 3,5,6 | Softmax x y
            softmax over channels | 3,5,6 | Softmax x y axis=1
            log-softmax | 3,5,6 | LogSoftmax x y axis=-2
            softmax of opset 11, from an axis on | 3,5,6 | opset 11 | Softmax x y axis=2
            log-softmax of opset 12 | 3,5,6 | opset 12 | LogSoftmax x y
            batch normalisation | 3,5,6 | weight s 3 | weight b 3 | weight m 3 | positive v 3 \
                | BatchNormalization x,s,b,m,v y epsilon=0.001
            batch normalisation of vectors | 7 | weight s 7 | weight b 7 | weight m 7 | positive v 7 \
                | BatchNormalization x,s,b,m,v y

            gemm | 7 | weight w 7,4 | weight c 4 | Gemm x,w,c y
            gemm, scaled, transposed weights | 7 | weight w 4,7 | weight c 1,4 \
                | Gemm x,w,c y alpha=0.5 beta=2.0 transB=1
            gemm without a constant | 7 | weight w 7,4 | Gemm x,w y
            gemm with the image transposed | 7 | weight w 4,7 | Transpose x t | Gemm t,w y transA=1 transB=1 alpha=3.0
            gemm with the image on the right | 7 | weight w 4,7 | Gemm w,x u transB=1 | Transpose u y
            gemm with both transposed | 7 | weight w 7,4 | Gemm w,x u transA=1 transB=1 | Transpose u y
            gemm with itself | 7 | Gemm x,x u transB=1 | ReduceSum u,a y | integers a 1
            gemm with a constant that depends | 7 | weight w 7,4 | Gemm x,w u | Gemm x,w,u y beta=0.3
            matrices by a weight | 3,5,6 | weight w 6,4 | MatMul x,w y
            a weight by matrices | 3,5,6 | weight w 2,5 | MatMul w,x y
            matrices by matrices | 3,5,6 | Transpose x t perm=[0,1,3,2] | MatMul x,t y
            matrices that are repeated | 1,5,6 | weight w 1,4,6,2 | MatMul x,w y

            conv | 3,5,6 | weight w 4,3,3,3 | weight b 4 | Conv x,w,b y pads=[1,1,1,1]
            conv, uneven kernel and pads | 3,5,6 | weight w 4,3,2,3 | Conv x,w y pads=[0,2,1,1]
            conv, more padding than kernel | 3,5,6 | weight w 4,3,1,1 | Conv x,w y pads=[1,1,1,1]
            conv, strides that leave values out | 3,6,8 | weight w 4,3,3,2 | Conv x,w y strides=[3,4] pads=[1,0,0,0]
            conv, 1x1 with stride 2 | 3,6,7 | weight w 4,3,1,1 | Conv x,w y strides=[2,2]
            conv, dilated | 3,6,7 | weight w 4,3,3,2 | Conv x,w y dilations=[2,3] pads=[2,1,2,1]
            conv, dilated with strides | 3,7,8 | weight w 4,3,2,2 | Conv x,w y dilations=[2,2] strides=[2,3]
            conv, groups | 4,5,6 | weight w 6,2,3,3 | Conv x,w y group=2 pads=[1,1,1,1]
            conv, each channel alone, strides | 4,6,7 | weight w 8,1,3,3 \
                | Conv x,w y group=4 strides=[2,2] pads=[1,1,1,1]
            conv, SAME_UPPER with stride 2 | 3,6,7 | weight w 4,3,3,3 | Conv x,w y auto_pad=SAME_UPPER strides=[2,2]
            conv, SAME_LOWER | 3,6,7 | weight w 4,3,2,4 | Conv x,w y auto_pad=SAME_LOWER
            conv, VALID | 3,5,6 | weight w 4,3,3,3 | Conv x,w y auto_pad=VALID
            conv along one axis | 3,8 | weight w 4,3,3 | Conv x,w y strides=[2] pads=[1,0]
            transposed conv | 3,4,5 | weight w 3,4,3,3 | weight b 4 | ConvTranspose x,w,b y
            transposed conv, strides, pads, output padding | 3,4,5 | weight w 3,4,3,2 \
                | ConvTranspose x,w y strides=[2,3] pads=[1,0,1,1] output_padding=[1,2]
            transposed conv, groups, dilated | 4,4,5 | weight w 4,3,2,2 | ConvTranspose x,w y group=2 dilations=[2,1]
            transposed conv of an output shape | 3,4,5 | weight w 3,4,3,3 \
                | ConvTranspose x,w y strides=[2,2] output_shape=[8,10]
            transposed conv, SAME_UPPER | 3,4,5 | weight w 3,4,3,3 \
                | ConvTranspose x,w y strides=[2,2] auto_pad=SAME_UPPER

            max pool | 3,5,6 | MaxPool x y kernel_shape=[2,2] strides=[2,2]
            max pool that overlaps, padded | 3,5,6 | MaxPool x y kernel_shape=[3,3] strides=[2,2] pads=[1,1,1,1]
            max pool, ceiling | 3,5,6 | MaxPool x y kernel_shape=[3,2] strides=[2,3] ceil_mode=1
            max pool, dilated | 3,5,6 | MaxPool x y kernel_shape=[2,3] dilations=[2,2]
            max pool, SAME_LOWER | 3,5,6 | MaxPool x y kernel_shape=[3,2] strides=[2,2] auto_pad=SAME_LOWER
            max pool along one axis | 3,8 | MaxPool x y kernel_shape=[3]
            average pool | 3,5,6 | AveragePool x y kernel_shape=[2,3]
            average pool without its padding | 3,5,6 | AveragePool x y kernel_shape=[3,3] strides=[2,2] pads=[1,1,0,1]
            average pool with its padding | 3,5,6 \
                | AveragePool x y kernel_shape=[3,3] pads=[1,1,1,1] count_include_pad=1
            average pool, ceiling | 3,5,6 | AveragePool x y kernel_shape=[2,3] strides=[2,2] ceil_mode=1
            average pool, ceiling, with its padding | 3,5,6 | opset 19 \
                | AveragePool x y kernel_shape=[2,3] strides=[2,2] ceil_mode=1 pads=[0,1,0,1] count_include_pad=1
            average pool, SAME_UPPER | 3,5,6 | AveragePool x y kernel_shape=[2,2] auto_pad=SAME_UPPER
            average pool over all | 3,5,6 | AveragePool x y kernel_shape=[5,6] strides=[5,6]
            global average pool | 3,5,6 | GlobalAveragePool x y

            identity | 3,5,6 | Identity x y
            dropout | 3,5,6 | Dropout x y
            flatten | 3,5,6 | Flatten x y
            flatten from axis 2 | 3,5,6 | Flatten x y axis=2
            reshape | 3,5,6 | integers s 0,-1,2 | Reshape x,s y
            squeeze | 3,1,6 | integers a 2 | Squeeze x,a y
            unsqueeze | 3,5,6 | integers a -1,1 | Unsqueeze x,a y
            squeeze and unsqueeze of opset 11 | 3,1,6 | opset 11 | Squeeze x u axes=[2] | Unsqueeze u y axes=[1]
            transpose | 3,5,6 | Transpose x y perm=[0,2,3,1]
            concat | 3,5,6 | weight w 3,2,5,6 | Neg x n | Concat n,w,x y axis=-3
            pad | 3,5,6 | integers p 0,1,0,2,0,0,3,1 | Pad x,p y
            pad by less, with a value | 3,5,6 | integers p 0,-1,2,0,0,0,-2,1 | floats v 7 | Pad x,p,v y
            pad some axes | 3,5,6 | opset 18 | integers p 1,2 | integers a -1 | Pad x,p,,a y
            slice with steps | 3,5,6 | integers s 0,1 | integers e 1000,6 | integers a 2,3 | integers t 2,3 \
                | Slice x,s,e,a,t y
            slice backwards | 5,4,3 | integers s -1 | integers e -1000 | integers a 1 | integers t -2 \
                | Slice x,s,e,a,t y
            mean over axes | 3,5,6 | ReduceMean x y axes=[1,3]
            mean over axes that go | 3,5,6 | ReduceMean x y axes=[-1,2] keepdims=0
            mean over axes of opset 18 | 3,5,6 | opset 18 | integers a 2,3 | ReduceMean x,a y keepdims=0
            sum of opset 12 | 3,5,6 | opset 12 | ReduceSum x y axes=[2] keepdims=0
            sum | 3,5,6 | integers a 1 | ReduceSum x,a y
            """;

    private GradientCases() {}

    static Stream<Arguments> all() {
        return CASES.lines()
                .filter(line -> !line.isEmpty())
                .map(line -> line.split(" \\| ", 2))
                .map(nameAndGraph -> Arguments.of(nameAndGraph[0], Differentiated.parse(SEED, nameAndGraph[1])));
    }
}
