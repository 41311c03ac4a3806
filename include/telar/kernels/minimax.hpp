// SPDX-License-Identifier: BSL-1.0
// The coefficients of every polynomial in reference/math.hpp and cpu/math.hpp, constant term first. Each is the minimax
// polynomial, or fraction of two (Remez exchange in 60 to 70 digits, weighted so that the relative error of the
// function is least), rounded.
#pragma once
#include <telar/core/config.hpp>

namespace telar::inline TELAR_ABI::ir::kernels {

template <class T> struct minimax;

template <> struct minimax<float> {
    /// pi/2 in parts whose products with a small whole number are exact
    static constexpr float half_pi[] = {0x1.92p0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234p-39f};
    /// ln 2, in two such parts
    static constexpr float ln2[] = {0x1.62e4p-1f, 0x1.7f7d1cp-20f};
    /// (e^r - 1 - r) / r^2 in r, |r| <= ln(2)/2
    static constexpr float exponential[] = {0x1p-1f, 0x1.5554bp-3f, 0x1.555488p-5f, 0x1.1227d4p-7f, 0x1.6d98ccp-10f};
    /// the same a degree lower: e^r to 1.8 * 2^-24
    static constexpr float exponential_short[] = {0x1.fffdfcp-2f, 0x1.5557acp-3f, 0x1.572a18p-5f, 0x1.1063d2p-7f};
    /// tanh(x/2) = (x + x^3 above) / below in x^2, |x| <= 8.67, as tanh x = 2t / (1 + t^2) wants it
    static constexpr float half_tanh_above[] = {0x1.e828a4p-6f, 0x1.e12476p-14f};
    static constexpr float half_tanh_below[] = {0x1p1f, 0x1.cf5f76p-3f, 0x1.3cde6ap-9f, 0x1.4c89e2p-19f};
    /// (log(1 + f) - f) / f^2 in f, 3/4 <= 1 + f <= 3/2
    static constexpr float logarithm[] = {-0x1p-1f,        0x1.5555a4p-2f,  -0x1.00004ap-2f,
                                          0x1.99699ep-3f,  -0x1.54ed18p-3f, 0x1.287b78p-3f,
                                          -0x1.0d9ae8p-3f, 0x1.ad691ep-4f,  -0x1.73155ap-5f};
    /// ((2 atanh(s)/s - 2)/s^2 - 2/3) / s^2 in s^2, |s| <= 0.1716
    static constexpr float log_tail[] = {0x1.9999d6p-2f, 0x1.245ee8p-2f, 0x1.ddd39p-3f};
    /// (sin(r)/r - 1) / r^2 in r^2, |r| <= pi/4
    static constexpr float sine[] = {-0x1.555546p-3f, 0x1.1106bap-7f, -0x1.9906a6p-13f};
    /// (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4
    static constexpr float cosine[] = {0x1.55554ep-5f, -0x1.6c0e78p-10f, 0x1.9a6f04p-16f};
    /// (atan(x)/x - 1) / x^2 in x^2, |x| <= sqrt(2) - 1
    static constexpr float arc_tangent[] = {-0x1.55554cp-2f, 0x1.9991e8p-3f, -0x1.23b222p-3f, 0x1.b169fcp-4f,
                                            -0x1.ee395cp-5f};
    /// (asin(x)/x - 1) / x^2 in x^2, |x| <= 1/2
    static constexpr float arc_sine[] = {0x1.5555acp-3f, 0x1.3305c8p-4f, 0x1.74747cp-5f, 0x1.8a269p-6f, 0x1.5c995ep-5f};
    /// (sinh(x)/x - 1) / x^2 in x^2, |x| <= 1
    static constexpr float sinh_small[] = {0x1.555556p-3f, 0x1.111136p-7f, 0x1.9ffd06p-13f, 0x1.7a5d1ap-19f};
    /// erf(x)/x in x^2, |x| <= 1
    static constexpr float erf_small[] = {0x1.20dd74p0f,  -0x1.81273ep-2f,  0x1.ce2d2p-4f,  -0x1.b7fbb4p-6f,
                                          0x1.5419f4p-8f, -0x1.a485e2p-11f, 0x1.4ae4b6p-14f};
    /// -ln(erfc x) in x, 0.98 <= x <= 4, as erf wants it
    static constexpr float erf_log[] = {0x1.97d938p-13f, 0x1.20c1fcp0f,  0x1.45aa34p-1f,   0x1.b11056p-4f,
                                        -0x1.84c752p-6f, 0x1.e91366p-9f, -0x1.791eb2p-12f, 0x1.0932fp-16f};
    /// (1 + 2x) e^(x^2) erfc(x) in (x - 3)/(x + 3), x from 0.47 to where erfc vanishes
    static constexpr float erfc_tail[] = {0x1.40c522p0f,   -0x1.15c07ap-3f, -0x1.85a162p-5f, 0x1.0981d6p-3f,
                                          -0x1.e88bd2p-4f, 0x1.17ed4ep-4f,  -0x1.854e7p-6f,  0x1.382f06p-9f,
                                          0x1.dfeaa2p-10f, -0x1.125084p-11f};
    /// y / x where erf y = x, in x^2, |x| <= 17/32: there y passes 1/2
    static constexpr float erf_inverse_small[] = {0x1.c5bf8ap-1f, 0x1.db2a04p-3f, 0x1.0539f4p-3f,  0x1.62fe1cp-4f,
                                                  0x1.03c088p-4f, 0x1.00b9f4p-4f, 0x1.7be6bap-10f, 0x1.c3942cp-4f};
    /// r - y = above / below where erfc y = e^(-r^2), in r, from erfc y = 1/2 to the least number
    static constexpr float erfc_inverse_above[] = {-0x1.63c876p-3f, 0x1.415eeep1f,  0x1.cc7fb2p3f,   0x1.591c4ap4f,
                                                   0x1.a3cacep1f,   0x1.733194p-6f, -0x1.a710d8p-13f};
    static constexpr float erfc_inverse_below[] = {0x1p0f,        0x1.51b5dap4f, 0x1.b7e42p4f,
                                                   0x1.5c5fbep5f, 0x1.3cb66ep4f, 0x1.91298ap0f};
    /// lgamma(2 + t) / (t (t + 1)) in t, -0.8 <= t <= 1/2
    static constexpr float log_gamma[] = {0x1.b0ee6p-2f,  -0x1.9ae64ep-4f, 0x1.0e0caep-5f,  -0x1.95d154p-7f,
                                          0x1.478924p-8f, -0x1.13adp-9f,   0x1.e4d546p-11f, -0x1.c11342p-12f,
                                          0x1.20064p-13f, -0x1.beb16p-15f, 0x1.eea0ap-14f};
    /// where digamma is 0, in two parts; digamma(3/2 + t) / (3/2 + t - that) in t, |t| <= 1/2
    static constexpr float digamma_zero[] = {0x1.762d86p0f, 0x1.ab5f2p-27f};
    static constexpr float digamma[] = {0x1.e6f0ccp-1f, -0x1.b1cb68p-2f, 0x1.eca19cp-3f, -0x1.2febb4p-3f,
                                        0x1.850beep-4f, -0x1.fc5f2p-5f,  0x1.4ee22ep-5f, -0x1.a6655ap-6f,
                                        0x1.1634fep-6f, -0x1.0c6ff8p-6f, 0x1.6c562p-7f};
    /// the cube root of x, roughly, sqrt(1/2) <= x <= sqrt(2)
    static constexpr float cube_root[] = {0x1.f85248p-2f, 0x1.7abf26p-1f, -0x1.295ep-2f, 0x1.dcfcb4p-5f};
};

template <> struct minimax<double> {
    /// pi/2 in parts whose products with a small whole number are exact
    static constexpr double half_pi[] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104};
    /// ln 2, in two such parts
    static constexpr double ln2[] = {0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45};
    /// (e^r - 1 - r) / r^2 in r, |r| <= ln(2)/2
    static constexpr double exponential[] = {0x1.0000000000005p-1,  0x1.555555555555cp-3,  0x1.5555555552144p-5,
                                             0x1.111111110e70fp-7,  0x1.6c16c17f2690bp-10, 0x1.a01a01b5c4358p-13,
                                             0x1.a019a6b259d91p-16, 0x1.71ddea325b2d1p-19, 0x1.28a283527a01p-22,
                                             0x1.af7664d3e3fd1p-26};
    /// (2 atanh(s)/s - 2) / s^2 in s^2, |s| <= 0.1716
    static constexpr double logarithm[] = {0x1.555555555557cp-1, 0x1.99999999847e9p-2, 0x1.2492493fad551p-2,
                                           0x1.c71c52be819cp-3,  0x1.746647dd04878p-3, 0x1.399d294fb8ec4p-3,
                                           0x1.2f50f43c8984fp-3};
    /// ((2 atanh(s)/s - 2)/s^2 - 2/3) / s^2 in s^2, |s| <= 0.1716
    static constexpr double log_tail[] = {0x1.99999999999dfp-2, 0x1.249249247f612p-2, 0x1.c71c71f7ac225p-3,
                                          0x1.745cfb797b097p-3, 0x1.3b1bec6b93691p-3, 0x1.0fc1a3ee63804p-3,
                                          0x1.0c06b55b94bfap-3};
    /// (sin(r)/r - 1) / r^2 in r^2, |r| <= pi/4
    static constexpr double sine[] = {-0x1.555555555554cp-3, 0x1.111111110fb48p-7,   -0x1.a01a019c2fb25p-13,
                                      0x1.71de356e7c571p-19, -0x1.ae5e4b8d299cap-26, 0x1.5d87372bdec05p-33};
    /// (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4
    static constexpr double cosine[] = {0x1.5555555555553p-5,   -0x1.6c16c16c1613p-10, 0x1.a01a019e246d4p-16,
                                        -0x1.27e4f90391397p-22, 0x1.1eea88f896c01p-29, -0x1.8ff9a0a7e2f6dp-37};
    /// (atan(x)/x - 1) / x^2 in x^2, |x| <= sqrt(2) - 1
    static constexpr double arc_tangent[] = {-0x1.5555555555555p-2, 0x1.999999999978bp-3,  -0x1.249249247cb66p-3,
                                             0x1.c71c71b9e2ca4p-4,  -0x1.745d14fc5dfe3p-4, 0x1.3b13722ac9285p-4,
                                             -0x1.110c972f4651cp-4, 0x1.e1736315853f5p-5,  -0x1.ab7f176494233p-5,
                                             0x1.70db3a058ce86p-5,  -0x1.11de8af52f692p-5, 0x1.efdf379d42cb9p-7};
    /// (asin(x)/x - 1) / x^2 in x^2, |x| <= 1/2
    static constexpr double arc_sine[] = {0x1.55555555554a4p-3, 0x1.3333333354813p-4,  0x1.6db6db5002ce4p-5,
                                          0x1.f1c728c06617fp-6, 0x1.6e8a35425e849p-6,  0x1.1c68f8bc73753p-6,
                                          0x1.c7279fa4d1c9dp-7, 0x1.8e0884718b7b4p-7,  0x1.af8665ef5bf7ap-8,
                                          0x1.3ef34fe327d3p-6,  -0x1.0a59491badce1p-6, 0x1.063ca5612963ep-5};
    /// (sinh(x)/x - 1) / x^2 in x^2, |x| <= 1
    static constexpr double sinh_small[] = {0x1.5555555555556p-3,  0x1.11111111110b5p-7,  0x1.a01a01a028038p-13,
                                            0x1.71de3a4645733p-19, 0x1.ae64677d4748ap-26, 0x1.611a1896ebdeap-33,
                                            0x1.b4df516702851p-41};
    /// erf(x)/x in x^2, |x| <= 1
    static constexpr double erf_small[] = {0x1.20dd750429b6dp0,    -0x1.812746b0379c2p-2,  0x1.ce2f21a041016p-4,
                                           -0x1.b82ce31206264p-6,  0x1.565bccfa99f66p-8,   -0x1.c02db072e3f18p-11,
                                           0x1.f9a2bf72d06a7p-14,  -0x1.f4ca948c7d0e1p-17, 0x1.b9827ac3d085bp-20,
                                           -0x1.5c16e1d455eb6p-23, 0x1.d7848f91e3e3cp-27,  -0x1.acdff9a8fcf97p-31};
    /// (1 + 2x) e^(x^2) erfc(x) in (x - 3)/(x + 3), x from 0.47 to where erfc vanishes
    static constexpr double erfc_tail[] = {
        0x1.40c522d7e4987p0,   -0x1.15c084bb9e8f3p-3,  -0x1.85a15c58aa5bdp-5,  0x1.098366a5b46cbp-3,
        -0x1.e88b803a49597p-4, 0x1.17ca2877f0f0fp-4,   -0x1.8574c40bbbcfp-6,   0x1.4b884e442b159p-9,
        0x1.ef1bdd34748ecp-10, -0x1.98db510da42c6p-11, -0x1.b91268b9ae816p-14, 0x1.065a35b06ead1p-13,
        0x1.4c20427e0f3fap-18, -0x1.513af9535677p-16,  -0x1.87c37104ae287p-21, 0x1.d1fc1be80b4fap-19,
        0x1.79fb595e05365p-22, -0x1.4a2147fef6e67p-21, -0x1.1ebb185f1f07fp-23, 0x1.a8f3622a59b62p-24,
        0x1.218b5df8ce8c2p-25, -0x1.6f79f20fb6b79p-27, -0x1.1f972ae5d8d9ep-28};
    /// y / x where erf y = x, in x^2, |x| <= 17/32: there y passes 1/2
    static constexpr double erf_inverse_small[] = {
        0x1.c5bf891b4ef6bp-1, 0x1.db29fb2fee57fp-3,  0x1.053c2c0abf916p-3, 0x1.62847c42aeaf4p-4,  0x1.0a1319b2d4011p-4,
        0x1.a7c8165d19394p-5, 0x1.5ef0de3b0abb5p-5,  0x1.2a68262c3d5d7p-5, 0x1.06d67037b5c0dp-5,  0x1.9bfbbbbc41ep-6,
        0x1.437d49226b77ep-5, -0x1.ddadf50d0d0dep-6, 0x1.2a57dab9d98f6p-3, -0x1.5a305611f0b5bp-3, 0x1.4850c5d4d190fp-3};
    /// r - y = above / below where erfc y = e^(-r^2), in r, from erfc y = 1/2 to the least number
    static constexpr double erfc_inverse_above[] = {
        -0x1.768d368639665p-13, 0x1.00ac688e45cdcp0,   0x1.b02489ff806adp1,   0x1.75aa1eefb9b75p2,
        0x1.f251d7792be9p2,     0x1.a5df29755ea6dp2,   0x1.ec64d7b000753p1,   0x1.9b73b33551347p0,
        0x1.389123311d3a5p-2,   0x1.75ab1f2511158p-6,  0x1.42f34826bbaa9p-11, 0x1.3a71c6a24fd61p-18,
        0x1.16731b06cffabp-29,  -0x1.3c38d7b59116bp-39};
    static constexpr double erfc_inverse_below[] = {0x1p0,
                                                    0x1.11f2e2021e37p2,
                                                    0x1.31c3d3545f3edp3,
                                                    0x1.0088a5aab4887p4,
                                                    0x1.272cbe2c7ca01p4,
                                                    0x1.1008c4c3e5794p4,
                                                    0x1.5212c27218d0cp3,
                                                    0x1.421e91e0b85d1p2,
                                                    0x1.7c78de943ebb8p0,
                                                    0x1.a2a80e84e225dp-3,
                                                    0x1.7e9d551f40edbp-7,
                                                    0x1.026414d004c94p-12,
                                                    0x1.7b15f14a08997p-20};
    /// lgamma(2 + t) / (t (t + 1)) in t, -0.8 <= t <= 1/2
    static constexpr double log_gamma[] = {
        0x1.b0ee6072093cep-2,  -0x1.9ae6509ea10ap-4,   0x1.0e0c9df29351cp-5,  -0x1.95ce223a9c77ap-7,
        0x1.47974853aee33p-8,  -0x1.145121f9de488p-9,  0x1.dfebcf87b1e43p-11, -0x1.a96a3fdb37334p-12,
        0x1.7ed73635869d8p-13, -0x1.5c86c15266149p-14, 0x1.402e82b2c0461p-15, -0x1.284f41391e67cp-16,
        0x1.13f7198f5e943p-17, -0x1.023517588ee1cp-18, 0x1.e23c3c8b59a9ep-20, -0x1.cd27a41a4f757p-21,
        0x1.d79b2cb162304p-22, -0x1.49a76cf3a11ddp-23, 0x1.505c13dda1917p-25, -0x1.2a5172c8280edp-23,
        0x1.ccc2be4866eddp-26, 0x1.535ee3f973c2ep-24,  0x1.d9164a6f5aacdp-25};
    /// where digamma is 0, in two parts; digamma(3/2 + t) / (3/2 + t - that) in t, |t| <= 1/2
    static constexpr double digamma_zero[] = {0x1.762d86356be3fp0, 0x1.b86a722197829p-54};
    static constexpr double digamma[] = {
        0x1.e6f0cbb873617p-1,  -0x1.b1cb63005ee98p-2,  0x1.eca189b8e6d99p-3,  -0x1.2feeeb98a7a33p-3,
        0x1.8512e5905da59p-4,  -0x1.fb44202a07254p-5,  0x1.4de9aa059a642p-5,  -0x1.b9f8b124a3d81p-6,
        0x1.256475f14370cp-6,  -0x1.8635627abf30fp-7,  0x1.03c006a69c974p-7,  -0x1.5a06cc84fc68dp-8,
        0x1.cd3e743edd76p-9,   -0x1.336b42a7072bcp-9,  0x1.980d9c63f564dp-10, -0x1.0fcd517bb2d38p-10,
        0x1.7b4a17390f0c8p-11, -0x1.fc46891e3d84cp-12, 0x1.dc1afed4aad17p-13, -0x1.343d079423328p-13,
        0x1.10796f24f4224p-12, -0x1.7246c99c9b8bdp-13};
    /// the cube root of x, roughly, sqrt(1/2) <= x <= sqrt(2)
    static constexpr double cube_root[] = {0x1.ce7fe47bf9cacp-2, 0x1.cf47ce1e7ff0fp-1, -0x1.1242beaac121ep-1,
                                           0x1.bc5454874bb51p-3, -0x1.35988465d2769p-5};
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
