"""The 88 constellations (names and areas of the IAU), and the stars of those that are drawn."""

from __future__ import annotations

CONSTELLATIONS = """
And Andromeda Andromedae 722.278 chained princess|Alpheratz
Ant Antlia Antliae 238.901 air pump|
Aps Apus Apodis 206.327 bird of paradise|
Aqr Aquarius Aquarii 979.854 water bearer|Sadalsuud
Aql Aquila Aquilae 652.473 eagle|Altair
Ara Ara Arae 237.057 altar|
Ari Aries Arietis 441.395 ram|Hamal
Aur Auriga Aurigae 657.438 charioteer|Capella
Boo Boötes Boötis 906.831 herdsman|Arcturus
Cae Caelum Caeli 124.865 engraving tool|
Cam Camelopardalis Camelopardalis 756.828 giraffe|
Cnc Cancer Cancri 505.872 crab|Tarf
CVn Canes_Venatici Canum_Venaticorum 465.194 hunting dogs|Cor Caroli
CMa Canis_Major Canis_Majoris 380.118 greater dog|Sirius
CMi Canis_Minor Canis_Minoris 183.367 lesser dog|Procyon
Cap Capricornus Capricorni 413.947 sea goat|Deneb Algedi
Car Carina Carinae 494.184 keel|Canopus
Cas Cassiopeia Cassiopeiae 598.407 seated queen|
Cen Centaurus Centauri 1060.422 centaur|Rigil Kentaurus
Cep Cepheus Cephei 587.787 king|Alderamin
Cet Cetus Ceti 1231.411 sea monster|Diphda
Cha Chamaeleon Chamaeleontis 131.592 chameleon|
Cir Circinus Circini 93.353 compasses|
Col Columba Columbae 270.184 dove|Phact
Com Coma_Berenices Comae_Berenices 386.475 Berenice's hair|
CrA Corona_Australis Coronae_Australis 127.696 southern crown|
CrB Corona_Borealis Coronae_Borealis 178.710 northern crown|Alphecca
Crv Corvus Corvi 183.801 raven|Gienah
Crt Crater Crateris 282.398 cup|
Cru Crux Crucis 68.447 southern cross|Acrux
Cyg Cygnus Cygni 803.983 swan|Deneb
Del Delphinus Delphini 188.549 dolphin|Rotanev
Dor Dorado Doradus 179.173 dolphinfish|
Dra Draco Draconis 1082.952 dragon|Eltanin
Equ Equuleus Equulei 71.641 little horse|Kitalpha
Eri Eridanus Eridani 1137.919 river|Achernar
For Fornax Fornacis 397.502 furnace|
Gem Gemini Geminorum 513.761 twins|Pollux
Gru Grus Gruis 365.513 crane|Alnair
Her Hercules Herculis 1225.148 kneeling hero|Kornephoros
Hor Horologium Horologii 248.885 pendulum clock|
Hya Hydra Hydrae 1302.844 water snake|Alphard
Hyi Hydrus Hydri 243.035 lesser water snake|
Ind Indus Indi 294.006 Indian|
Lac Lacerta Lacertae 200.688 lizard|
Leo Leo Leonis 946.964 lion|Regulus
LMi Leo_Minor Leonis_Minoris 231.956 lesser lion|
Lep Lepus Leporis 290.291 hare|Arneb
Lib Libra Librae 538.052 scales|Zubeneschamali
Lup Lupus Lupi 333.683 wolf|
Lyn Lynx Lyncis 545.386 lynx|
Lyr Lyra Lyrae 286.476 lyre|Vega
Men Mensa Mensae 153.484 table mountain|
Mic Microscopium Microscopii 209.513 microscope|
Mon Monoceros Monocerotis 481.569 unicorn|
Mus Musca Muscae 138.355 fly|
Nor Norma Normae 165.290 set square|
Oct Octans Octantis 291.045 octant|
Oph Ophiuchus Ophiuchi 948.340 serpent bearer|Rasalhague
Ori Orion Orionis 594.120 hunter|Rigel
Pav Pavo Pavonis 377.666 peacock|
Peg Pegasus Pegasi 1120.794 winged horse|Enif
Per Perseus Persei 614.997 slayer of Medusa|Mirfak
Phe Phoenix Phoenicis 469.319 phoenix|Ankaa
Pic Pictor Pictoris 246.739 painter's easel|
Psc Pisces Piscium 889.417 fishes|
PsA Piscis_Austrinus Piscis_Austrini 245.375 southern fish|Fomalhaut
Pup Puppis Puppis 673.434 stern|Naos
Pyx Pyxis Pyxidis 220.833 mariner's compass|
Ret Reticulum Reticuli 113.936 reticle|
Sge Sagitta Sagittae 79.932 arrow|
Sgr Sagittarius Sagittarii 867.432 archer|Kaus Australis
Sco Scorpius Scorpii 496.783 scorpion|Antares
Scl Sculptor Sculptoris 474.764 sculptor|
Sct Scutum Scuti 109.114 shield|
Ser Serpens Serpentis 636.928 serpent|Unukalhai
Sex Sextans Sextantis 313.515 sextant|
Tau Taurus Tauri 797.249 bull|Aldebaran
Tel Telescopium Telescopii 251.512 telescope|
Tri Triangulum Trianguli 131.847 triangle|
TrA Triangulum_Australe Trianguli_Australis 109.978 southern triangle|Atria
Tuc Tucana Tucanae 294.557 toucan|
UMa Ursa_Major Ursae_Majoris 1279.660 great bear|Alioth
UMi Ursa_Minor Ursae_Minoris 255.864 little bear|Polaris
Vel Vela Velorum 499.649 sails|
Vir Virgo Virginis 1294.428 maiden|Spica
Vol Volans Volantis 141.354 flying fish|
Vul Vulpecula Vulpeculae 268.165 fox|Anser
"""
"""Abbreviation, name, genitive, area in square degrees, meaning, and the brightest star's name.

No star where the brightest has no usual name or varies in brightness past the next.
"""

FIGURES = {
    "Ori": (
        "a5.919,7.41,0.5 b5.242,-8.2,0.1 c5.418,6.35,1.6 d5.533,-0.3,2.2 e5.604,-1.2,1.7 "
        "f5.679,-1.94,1.8 g5.796,-9.67,2.1 h5.585,9.93,3.4",
        "acdefgbd fa ah hc",
    ),
    "UMa": (
        "a11.062,61.75,1.8 b11.031,56.38,2.4 c11.897,53.69,2.4 d12.257,57.03,3.3 "
        "e12.900,55.96,1.8 f13.399,54.93,2.2 g13.792,49.31,1.9",
        "abcda defg",
    ),
    "UMi": (
        "a2.530,89.26,2.0 b17.537,86.59,4.4 c16.766,82.04,4.2 d15.734,77.79,4.3 "
        "e14.845,74.16,2.1 f15.345,71.83,3.0 g16.292,75.76,5.0",
        "abcdefgd",
    ),
    "Cas": (
        "a0.153,59.15,2.3 b0.675,56.54,2.2 c0.945,60.72,2.2 d1.430,60.24,2.7 e1.907,63.67,3.4",
        "abcde",
    ),
    "Cyg": (
        "a20.690,45.28,1.3 b20.370,40.26,2.2 c19.749,45.13,2.9 d20.770,33.97,2.5 "
        "e19.512,27.96,3.1 f19.938,35.08,3.9 g21.216,30.23,3.2 h19.285,53.37,3.8",
        "abfe chc gdbc",
    ),
    "Lyr": (
        "a18.616,38.78,0.0 b18.746,37.6,4.3 c18.908,36.9,4.2 d18.982,32.69,3.2 e18.835,33.36,3.5",
        "abcdeb",
    ),
    "Aql": (
        "a19.846,8.87,0.8 b19.771,10.61,2.7 c19.922,6.41,3.7 d19.425,3.11,3.4 "
        "e19.090,13.86,3.0 f19.104,-4.88,3.4 g20.188,-0.82,3.2 h19.875,1.01,3.9",
        "bac ad de df dhg",
    ),
    "Leo": (
        "a10.139,11.97,1.4 b10.122,16.76,3.5 c10.333,19.84,2.0 d10.278,23.42,3.4 "
        "e9.879,26.01,3.9 f9.764,23.77,3.0 g11.235,20.52,2.6 h11.818,14.57,2.1 i11.237,15.43,3.3",
        "abcdef cghia",
    ),
    "Sco": (
        "a16.490,-26.43,1.0 b16.091,-19.81,2.6 c16.006,-22.62,2.3 d15.981,-26.11,2.9 "
        "e16.598,-28.22,2.8 f16.836,-34.29,2.3 g16.864,-38.05,3.0 h16.910,-42.36,3.6 "
        "i17.203,-43.24,3.3 j17.622,-43.0,1.9 k17.793,-40.13,3.0 l17.708,-39.03,2.4 "
        "m17.560,-37.1,1.6",
        "bcd ca aefghijklm",
    ),
    "Gem": (
        "a7.577,31.89,1.6 b7.755,28.03,1.1 c6.732,25.13,3.1 d6.629,16.4,1.9 e7.335,21.98,3.5 "
        "f7.068,20.57,4.0 g6.383,22.51,2.9 h6.248,22.51,3.3 i6.755,12.9,3.4 j7.185,30.25,4.4",
        "ajcgh befd ei ab",
    ),
    "Tau": (
        "a4.599,16.51,0.9 b5.438,28.61,1.7 c5.627,21.14,3.0 d4.477,15.87,3.4 e4.330,15.63,3.7 "
        "f4.382,17.54,3.8 g4.477,19.18,3.5 h4.011,12.49,3.5 i3.413,9.03,3.6",
        "cadefgb ehi",
    ),
    "CMa": (
        "a6.752,-16.72,-1.5 b6.378,-17.96,2.0 c7.140,-26.39,1.8 d6.977,-28.97,1.5 "
        "e7.402,-29.3,2.5 f7.063,-15.63,4.1 g6.936,-17.05,4.4 h6.338,-30.06,3.0",
        "ba acde dh agf",
    ),
    "Peg": (
        "a23.079,15.21,2.5 b23.063,28.08,2.4 c0.220,15.18,2.8 d0.140,29.09,2.1 "
        "e22.691,10.83,3.4 f22.170,6.2,3.5 g21.736,9.88,2.4 h22.717,30.22,2.9 i22.117,25.35,3.8",
        "abdca aefg bhi",
    ),
    "And": (
        "a0.140,29.09,2.1 b0.655,30.86,3.3 c1.162,35.62,2.1 d2.065,42.33,2.1 e0.946,38.5,3.9 "
        "f0.830,41.08,4.5",
        "abcd cef",
    ),
    "Per": (
        "a3.405,49.86,1.8 b3.136,40.96,2.1 c3.080,53.51,2.9 d3.715,47.79,3.0 e3.964,40.01,2.9 "
        "f3.902,31.88,2.9 g2.845,55.9,3.8 h3.086,38.84,3.4 i3.158,44.86,3.8",
        "gcadef aibh",
    ),
    "Aur": (
        "a5.278,46.0,0.1 b5.992,44.95,1.9 c5.995,37.21,2.6 d4.950,33.17,2.7 e5.438,28.61,1.7 "
        "f5.033,43.82,3.0",
        "abcedfa",
    ),
    "Boo": (
        "a14.261,19.18,0.0 b14.750,27.07,2.4 c15.258,33.31,3.5 d15.032,40.39,3.5 "
        "e14.535,38.31,3.0 f14.531,30.37,3.6 g13.911,18.4,2.7 h14.686,13.73,3.8",
        "abcdefa ag ah",
    ),
    "Vir": (
        "a13.420,-11.16,1.0 b12.694,-1.45,2.8 c12.926,3.4,3.4 d13.036,10.96,2.8 "
        "e13.578,-0.6,3.4 f11.845,1.76,3.6 g12.332,-0.67,3.9 h14.028,1.54,4.3 i14.267,-6.0,4.1",
        "abgf bcd ceh ai",
    ),
    "Sgr": (
        "a18.403,-34.38,1.8 b18.350,-29.83,2.7 c18.466,-25.42,2.8 d18.921,-26.3,2.0 "
        "e19.043,-29.88,2.6 f18.761,-26.99,3.2 g18.097,-30.42,3.0 h19.116,-27.67,3.3",
        "abcfbga ae edhe fd fe",
    ),
    "Cru": ("a12.443,-63.1,0.8 b12.795,-59.69,1.3 c12.519,-57.11,1.6 d12.252,-58.75,2.8", "ac bd"),
    "CrB": (
        "a15.578,26.71,2.2 b15.464,29.11,3.7 c15.712,26.3,3.8 d15.826,26.07,4.6 "
        "e15.960,26.88,4.1 f16.024,29.85,5.0 g15.549,31.36,4.1",
        "gbacdef",
    ),
    "Del": (
        "a20.661,15.91,3.8 b20.626,14.6,3.6 c20.777,16.12,3.9 d20.724,15.07,4.4 e20.554,11.3,4.0",
        "abdca be",
    ),
    "Crv": (
        "a12.263,-17.54,2.6 b12.573,-23.4,2.7 c12.498,-16.52,2.9 d12.169,-22.62,3.0 "
        "e12.140,-24.73,4.0",
        "acbdae ed",
    ),
    "Dra": (
        "a17.943,51.49,2.2 b17.507,52.3,2.8 c17.538,55.18,4.9 d17.892,56.87,3.7 "
        "e19.209,67.66,3.1 f18.351,72.73,3.6 g17.146,65.71,3.2 h16.400,61.51,2.7 "
        "i16.031,58.57,4.0 j15.415,58.97,3.3 k14.073,64.38,3.6 l12.558,69.79,3.9 m11.523,69.33,3.8",
        "abcdaefghijklm",
    ),
    "Her": (
        "a16.504,21.49,2.8 b16.688,31.6,2.8 c16.715,38.92,3.5 d17.251,36.81,3.2 "
        "e17.005,30.93,3.9 f17.250,24.84,3.1 g17.244,14.39,3.1 h16.365,19.15,3.8",
        "habcdeb efg",
    ),
    "Lib": (
        "a14.848,-16.04,2.8 b15.283,-9.38,2.6 c15.592,-14.79,3.9 d15.068,-25.28,3.3",
        "abca ad",
    ),
    "Cep": (
        "a21.310,62.59,2.5 b21.478,70.56,3.2 c23.656,77.63,3.2 d22.828,66.2,3.5 e22.181,58.2,3.4 "
        "f22.486,58.42,4.1",
        "abcdba dfea",
    ),
    "Cap": (
        "a20.301,-12.54,3.6 b20.350,-14.78,3.1 c20.768,-25.27,4.1 d20.864,-26.92,4.1 "
        "e21.444,-22.41,3.7 f21.784,-16.13,2.9 g21.668,-16.66,3.7 h21.371,-16.83,4.3 "
        "i21.099,-17.23,4.1",
        "abcdefghib",
    ),
}
"""Stars as letter, right ascension in hours, declination in degrees, magnitude; then strokes."""
